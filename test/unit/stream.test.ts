import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { setImmediate, setTimeout } from "node:timers/promises";
import { type FastifyReply, type FastifyRequest, fastify } from "fastify";
import { afterEach, expect, test } from "vitest";
import type { Context } from "../../src/graphql/context.js";
import { subscriptionOptions } from "../../src/graphql/subscriptions.js";
import { logRequest } from "../../src/http/log-request.js";
import { streamRoutes } from "../../src/http/stream.js";
import { createLog } from "../../src/log.js";

const LIMITS = { maxQueryCost: 1_000, maxQueryDepth: 10, maxQueryAliases: 10 };
const QUERY = 'subscription { ingestJobProgress(id: "a") { state } }';

let app: ReturnType<typeof fastify>;

afterEach(async () => await app.close());

const JOB = { id: "a", state: "RUNNING", total: null, tally: { read: 0, failed: 0 } };

/** An import that is told of once, and then cannot be read any more. */
async function* broken() {
  yield JOB;
  throw new Error("The store of jobs is gone.");
}

/** The stream of an import. */
async function serve(follow: () => AsyncGenerator = broken): Promise<string> {
  const contextOf = () => ({ services: { imports: { follow } } }) as unknown as Context;
  const log = createLog("silent");
  app = fastify();
  app.addHook("onRequest", async (request: FastifyRequest, reply: FastifyReply) => logRequest(log, "info", request, reply, null));
  await app.register(streamRoutes, { subscriptions: subscriptionOptions({ contextOf, log, limits: LIMITS, onError: null }), log });
  return `${await app.listen({ port: 0 })}/graphql/stream`;
}

const post = (url: string, body: string, accept = "text/event-stream") =>
  fetch(url, { method: "POST", headers: { "content-type": "application/json", accept }, body, signal: AbortSignal.timeout(3_000) });

test("a stream that breaks off ends its connection, so that its client subscribes again", async () => {
  const response = await post(await serve(), JSON.stringify({ query: QUERY }));
  await expect(response.text()).rejects.toThrow("terminated");
});

test("a client may take other types as well", async () => {
  const response = await post(await serve(), JSON.stringify({ query: "{ a }" }), "text/event-stream, */*;q=0.1");
  expect(response.headers.get("content-type")).toBe("text/event-stream; charset=utf-8");
  expect(response.headers.get("x-accel-buffering")).toBe("no");
  await response.body?.cancel();
});

test.each([
  [
    "a body of null",
    "null",
    "text/event-stream",
    "The request has no subscription (Missing body): send a JSON object with query and variables, or these in the URL.",
  ],
  [
    "a client that takes no events",
    JSON.stringify({ query: QUERY }),
    "application/json",
    "Here are subscriptions by server-sent events: send the header accept: text/event-stream.",
  ],
])("%s is refused, and does not wait", async (_name, body, accept, message) => {
  const response = await post(await serve(), body, accept);
  expect(await response.json()).toMatchObject({ message });
});

test.each([
  ["QUERY_TOO_COMPLEX", "errors(first: 1000) { message }", "The operation costs 1002; at most 1000 is allowed"],
  ["GRAPHQL_PARSE_FAILED", "id ".repeat(5_000), "5000 tokens"],
])("a subscription keeps to the limits of all operations: %s", async (code, fields, message) => {
  const response = await post(await serve(), JSON.stringify({ query: `subscription { ingestJobProgress(id: "a") { ${fields} } }` }));
  const [, event = "{}"] = /^data: (.*)$/m.exec(await response.text()) ?? [];
  expect(JSON.parse(event)).toMatchObject({ errors: [{ message: expect.stringContaining(message), extensions: { code } }] });
});

test("a client that asked for the connection's end gets it with the stream's", async () => {
  const { port, hostname } = new URL(await serve());
  const socket = connect(Number(port), hostname.replace(/[[\]]/g, ""));
  const body = JSON.stringify({ query: "{ a }" });
  const head = [
    "POST /graphql/stream HTTP/1.1",
    "host: a",
    "connection: close",
    "accept: text/event-stream",
    "content-type: application/json",
  ];
  socket.write(`${[...head, `content-length: ${body.length}`].join("\r\n")}\r\n\r\n${body}`);
  expect(await text(socket)).toContain("event: complete");
}, 5_000);

test("what a client does not read is not made either", async () => {
  let made = 0;
  async function* follow() {
    for (; made < 500; made++) {
      await setImmediate();
      yield { ...JOB, id: "x".repeat(1_000_000) };
    }
  }
  const query = 'subscription { ingestJobProgress(id: "a") { id } }';
  const asked = request(await serve(follow), {
    method: "POST",
    headers: { "content-type": "application/json", accept: "text/event-stream" },
  });
  asked.end(JSON.stringify({ query }));
  const [response] = (await once(asked, "response")) as [IncomingMessage];
  // What the operating system takes for a client that reads nothing, some megabytes, is all that is made.
  let before = -1;
  while (made > before) {
    before = made;
    await setTimeout(300);
  }
  expect(made).toBeGreaterThan(0);
  expect(made).toBeLessThan(100);
  response.destroy();
});
