import { connect } from "node:net";
import { text } from "node:stream/consumers";
import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import { ask, type Gateway, startGateway } from "../support/gateway.js";

const SUBSCRIPTION = {
  query: "subscription Follow($id: ID!) { ingestJobProgress(id: $id) { id state progress errors(first: 3) { message } } }",
  operationName: "Follow",
  variables: { id: "none" },
};

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway({ LIKENESS_INDEX: "memory", LIKENESS_MODEL: "test/fixtures/tiny-clip" });
});
afterAll(() => gateway?.stop());

/** What takes the place of some characters of a request: what ends JSON, GraphQL and URLs, and parts of them. */
const inserted = fc.constantFrom(
  ...["", "{", "}", "[", '"', "\\", ",", ":", "(", "$", "@", "...", "\0", "é", "%", "&", "?", "#", "+", "null", "5", "{}", "query"],
  ...[
    '"extensions":{"persistedQuery":{"version":1,"sha256Hash":{}}},',
    "@include(if: false)",
    "__typename ",
    "fragment F on Query { ...F } ",
  ],
);
const change = fc.record({ at: fc.nat({ max: 220 }), removed: fc.nat({ max: 30 }), inserted });
const headers = fc.constantFrom<Record<string, string>>(
  {},
  {},
  { "content-type": "text/plain" },
  { "content-type": "text/plain; a=application/json" },
  { accept: "text/event-stream, */*;q=0.1" },
  { accept: "application/json" },
  { "x-graphql-event-stream-token": "a" },
  { "content-encoding": "gzip" },
  { origin: "https://elsewhere.example", "sec-fetch-site": "cross-site" },
);

const changed = (given: string, changes: readonly { at: number; removed: number; inserted: string }[]): string =>
  changes.reduce((all, { at, removed, inserted: more }) => all.slice(0, at) + more + all.slice(at + removed), given);

it.each(["/graphql/stream", "/graphql"])(
  "no broken request to %s ends the process, hangs, or is taken for a fault of the gateway's",
  async (path) => {
    const url = new URL(path, gateway.url).href;
    const search = `query=${encodeURIComponent(SUBSCRIPTION.query)}&variables=${encodeURIComponent(JSON.stringify(SUBSCRIPTION.variables))}`;
    await fc.assert(
      fc.asyncProperty(fc.boolean(), fc.array(change, { maxLength: 3 }), headers, async (byGet, changes, given) => {
        const broken = changed(byGet ? search : JSON.stringify(SUBSCRIPTION), changes);
        const response = await fetch(byGet ? `${url}?${broken}` : url, {
          headers: { accept: "text/event-stream", "content-type": "application/json", ...given },
          signal: AbortSignal.timeout(20_000),
          ...(byGet ? {} : { method: "POST", body: broken }),
        });
        const body = await response.text();
        expect(response.status, body).toBeLessThan(500);
        const isStream = response.headers.get("content-type")?.startsWith("text/event-stream");
        if (isStream) expect(body).toMatch(/^:\n\nevent: next\ndata: \{.*\}\n\nevent: complete\ndata:\n\n$/);
        const { errors } = JSON.parse(isStream ? (/^data: (.*)$/m.exec(body)?.[1] ?? "") : body);
        for (const { extensions } of errors) expect(extensions.code).toMatch(/^(?!INTERNAL_SERVER_ERROR)[A-Z_]+$/);
      }),
      { numRuns: 300 },
    );
    expect(await ask(gateway.url, "{ catalog { productCount } }")).toMatchObject({ status: 200 });
  },
);

it.each(["", "[", "a b", "%zz", "256.256.256.256"])("a host %j is the client's mistake", async (host) => {
  const { hostname, port } = new URL(gateway.url);
  const socket = connect(Number(port), hostname);
  socket.write(`GET /graphql?query={__typename} HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\n\r\n`);
  const answer = await text(socket);
  expect(answer).toMatch(/^HTTP\/1.1 400 /);
  expect(answer).toContain(`The header host is ${JSON.stringify(host)}`.replaceAll('"', '\\"'));
});

it.each<unknown>([{}, 5, null, ["a"], { toString: 1 }])(
  "a persisted query's hash that is %j is the client's mistake",
  async (sha256Hash) => {
    const send = async (query?: string) => {
      const body = JSON.stringify({ query, extensions: { persistedQuery: { version: 1, sha256Hash } } });
      const response = await fetch(gateway.url, { method: "POST", headers: { "content-type": "application/json" }, body });
      return ((await response.json()) as { errors: { extensions: { code: string } }[] }).errors[0]?.extensions.code;
    };
    expect(await send()).toBe("PERSISTED_QUERY_NOT_FOUND");
    expect(await send("{ __typename }")).toBe("BAD_USER_INPUT");
  },
);

it("JSON that would hold the process is refused before it is parsed, as a body and in a form", async () => {
  const json = `{"query":"{ __typename }","variables":{"a":${"[".repeat(1_100_000)}`;
  const refused = { errors: [{ extensions: { code: "QUERY_TOO_COMPLEX" } }] };
  const body = await fetch(gateway.url, { method: "POST", headers: { "content-type": "application/json" }, body: json });
  expect(await body.json()).toMatchObject(refused);
  const form = new FormData();
  form.set("operations", json);
  form.set("map", "{}");
  const sent = await fetch(gateway.url, { method: "POST", headers: { "apollo-require-preflight": "1" }, body: form });
  expect(await sent.json()).toMatchObject(refused);
});
