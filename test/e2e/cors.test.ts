import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { assembleApp } from "../../src/app.js";
import { loadConfig } from "../../src/config.js";
import { type Gateway, startGateway } from "../support/gateway.js";
import { WordEncoder } from "../support/word-encoder.js";

const SHOP = "https://shop.example";
const QUERY = "{ catalog { productCount } }";
const FOLLOW = 'subscription { ingestJobProgress(id: "none") { state } }';

function post(gateway: Gateway, origin: string, headers: Record<string, string> = {}): Promise<Response> {
  const body = JSON.stringify({ query: QUERY });
  return fetch(gateway.url, { method: "POST", headers: { "content-type": "application/json", origin, ...headers }, body });
}

const allowed = ({ headers }: Response) => headers.get("access-control-allow-origin");

describe("with origins that may call it", () => {
  let gateway: Gateway;
  beforeAll(async () => {
    const keys = { LIKENESS_WRITE_KEYS: "write-key-0123456789", LIKENESS_READ_KEYS: "read-key-0123456789" };
    gateway = await startGateway({ ...keys, LIKENESS_CORS_ORIGINS: `http://localhost:3000, ${SHOP}` });
  });
  afterAll(async () => await gateway.stop());

  test("their pages may ask before they send pictures and keys", async () => {
    const wanted = "apollo-require-preflight,authorization";
    const headers = { origin: SHOP, "access-control-request-method": "POST", "access-control-request-headers": wanted };
    const answer = await fetch(gateway.url, { method: "OPTIONS", headers });
    expect(answer.status).toBe(204);
    expect(allowed(answer)).toBe(SHOP);
    expect(answer.headers.get("access-control-allow-headers")).toBe(wanted);
    expect(answer.headers.get("access-control-allow-methods")).toBe("GET, POST");
    expect(answer.headers.get("access-control-max-age")).toBe("600");
  });

  test("what asks for the methods alone is no mistake", async () => {
    const answer = await fetch(gateway.url, { method: "OPTIONS" });
    expect([answer.status, answer.headers.get("access-control-allow-methods"), allowed(answer)]).toEqual([204, "GET, POST", null]);
  });

  test("their pages read answers, those that refuse a key among them", async () => {
    const answer = await post(gateway, SHOP, { authorization: "Bearer read-key-0123456789" });
    expect(await answer.json()).toEqual({ data: { catalog: { productCount: 0 } }, extensions: expect.anything() });
    expect([allowed(answer), answer.headers.get("vary"), answer.headers.get("access-control-expose-headers")]).toEqual([
      SHOP,
      "Origin",
      "x-request-id",
    ]);
    const refused = await post(gateway, SHOP);
    expect([refused.status, allowed(refused)]).toEqual([401, SHOP]);
  });

  test("their pages read what the router itself refuses, and no other page does", async () => {
    const told = async (path: string, origin: string) => {
      const answer = await fetch(new URL(path, gateway.url), { headers: { origin } });
      const { headers, status } = answer;
      return [status, allowed(answer), headers.get("vary"), headers.get("access-control-expose-headers"), headers.get("cache-control")];
    };
    for (const [path, status] of [
      [`/jobs/${"a".repeat(200)}/errors.ndjson`, 414],
      ["/pictures/%zz.jpg", 400],
    ] as const) {
      expect(await told(path, SHOP)).toEqual([status, SHOP, "Origin", "x-request-id", "no-store"]);
      expect(await told(path, "https://other.example")).toEqual([status, null, "Origin", "x-request-id", "no-store"]);
    }
  });

  test("their pages follow imports", async () => {
    const headers = { origin: SHOP, accept: "text/event-stream", authorization: "Bearer read-key-0123456789" };
    const answer = await fetch(`${gateway.url}/stream?query=${encodeURIComponent(FOLLOW)}`, { headers });
    expect(allowed(answer)).toBe(SHOP);
    expect(await answer.text()).toContain("event: complete");
  });

  test("other pages read nothing", async () => {
    for (const origin of ["https://shop.example.evil.example", "http://shop.example", "null"]) {
      expect(allowed(await post(gateway, origin))).toBeNull();
    }
  });
});

test("an operation by GET is not run for any page that makes a browser send one", async () => {
  const config = loadConfig({ PORT: "0", LIKENESS_INDEX: "memory" });
  const app = await assembleApp(config, pino({ level: "silent" }), new WordEncoder(), null);
  const { url } = await app.start();
  const statusOf = async (headers: Record<string, string>) =>
    (await fetch(`${url}/graphql?query=${encodeURIComponent(QUERY)}`, { headers })).status;
  expect(await statusOf({})).toBe(200);
  const origin = "https://elsewhere.example";
  const sent: Record<string, string>[] = [{ "sec-fetch-site": "cross-site" }, { origin }, { referer: `${origin}/page` }];
  for (const headers of sent) expect([headers, await statusOf(headers)]).toEqual([headers, 400]);
  expect(await statusOf({ "sec-fetch-site": "same-origin", "apollo-require-preflight": "true" })).toBe(200);
  await app.stop();
});

test("without such origins no page of another one reads anything", async () => {
  const gateway = await startGateway();
  expect(allowed(await post(gateway, SHOP))).toBeNull();
  await gateway.stop();
});
