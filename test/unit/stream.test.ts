import { fastify } from "fastify";
import { afterEach, expect, test } from "vitest";
import type { Context } from "../../src/graphql/context.js";
import { subscriptionOptions } from "../../src/graphql/subscriptions.js";
import { streamRoutes } from "../../src/http/stream.js";
import { createLog } from "../../src/log.js";

const LIMITS = { maxQueryCost: 1_000, maxQueryDepth: 10, maxQueryAliases: 10 };
const QUERY = 'subscription { ingestJobProgress(id: "a") { state } }';

let app: ReturnType<typeof fastify>;

afterEach(async () => await app.close());

/** The stream of an import that is told of once, and then cannot be read any more. */
async function serve(): Promise<string> {
  async function* follow() {
    yield { id: "a", state: "RUNNING", total: null, tally: { read: 0, failed: 0 } };
    throw new Error("The store of jobs is gone.");
  }
  const contextOf = () => ({ services: { imports: { follow } } }) as unknown as Context;
  const log = createLog("silent");
  app = fastify();
  await app.register(streamRoutes, { subscriptions: subscriptionOptions({ contextOf, log, limits: LIMITS }), log });
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
  await response.body?.cancel();
});

test.each([
  ["a body of null", "null", "text/event-stream", "The body has no subscription: send a JSON object with query and variables."],
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
