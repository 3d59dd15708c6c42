import { readdir } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Gateway, startGateway } from "../support/gateway.js";

const WRITE = "write-key-0123456789";
const READ = "read-key-0123456789";
const SEARCH = "{ searchProducts(first: 1) { totalCount } }";
const CHANGE = 'mutation { deleteProducts(ids: ["none"]) { notFoundIds } }';
const FOLLOW = 'subscription { ingestJobProgress(id: "none") { state } }';

let gateway: Gateway;
let base: string;

async function start(env: Record<string, string>): Promise<void> {
  gateway = await startGateway({ LIKENESS_WRITE_KEYS: `${WRITE}, rotated-key-0123456789`, ...env });
  base = gateway.url.replace("/graphql", "");
}

interface Told {
  readonly status: number;
  readonly code: string | undefined;
  readonly challenge: string | null;
}

async function send(path: string, key: string | null, init: RequestInit = {}): Promise<Told> {
  const headers = { accept: "application/json", ...(key !== null && { authorization: `Bearer ${key}` }), ...init.headers };
  const response = await fetch(`${base}${path}`, { ...init, headers });
  const text = await response.text();
  const code = text.startsWith("{") ? JSON.parse(text).errors?.[0].extensions.code : undefined;
  return { status: response.status, code, challenge: response.headers.get("www-authenticate") };
}

const post = (query: string, key: string | null) =>
  send("/graphql", key, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ query }) });
const get = (query: string, key: string | null) => send(`/graphql?query=${encodeURIComponent(query)}`, key);

const DONE = { status: 200, code: undefined, challenge: null };
const NO_KEY = { status: 401, code: "UNAUTHENTICATED", challenge: "Bearer" };
const WRONG_KIND = { status: 403, code: "FORBIDDEN", challenge: null };

describe("with keys to write", () => {
  beforeAll(async () => await start({}));
  afterAll(async () => await gateway.stop());

  test("everybody searches, and nobody changes anything without one", async () => {
    expect(await post(SEARCH, null)).toEqual(DONE);
    expect(await get(SEARCH, null)).toEqual(DONE);
    expect(await post(CHANGE, null)).toEqual(NO_KEY);
  });

  test("each of them changes products, and a wrong one does not even search", async () => {
    expect(await post(CHANGE, WRITE)).toEqual(DONE);
    expect(await post(CHANGE, "rotated-key-0123456789")).toEqual(DONE);
    expect(await post(SEARCH, "no-key-of-this-gateway")).toEqual(NO_KEY);
    expect(await get(SEARCH, "no-key-of-this-gateway")).toEqual(NO_KEY);
  });

  test("a catalogue that comes without one is not even written to disk", async () => {
    const form = (size: number) => {
      const body = new FormData();
      const query = "mutation ($file: Upload) { importCatalog(file: $file) { id } }";
      body.set("operations", JSON.stringify({ query, variables: { file: null } }));
      body.set("map", JSON.stringify({ 0: ["variables.file"] }));
      body.set("0", new Blob(["x".repeat(size)]), "shop.ndjson");
      return { method: "POST", headers: { "apollo-require-preflight": "true" }, body };
    };
    // What is written goes with the answer, but its folder stays.
    const folders = () => readdir(gateway.app.config.LIKENESS_DATA_DIR, { recursive: true });
    const before = await folders();
    expect(await send("/graphql", null, form(1_000_000))).toEqual(NO_KEY);
    expect(await folders()).toEqual(before);
    expect(await send("/graphql", WRITE, form(0))).toEqual(DONE);
    expect(await folders()).not.toEqual(before);
  });
});

describe("with keys to read as well", () => {
  beforeAll(async () => await start({ LIKENESS_READ_KEYS: READ }));
  afterAll(async () => await gateway.stop());

  test("nobody searches, follows an import or reads its errors without one", async () => {
    const follow = { headers: { accept: "text/event-stream" } };
    for (const key of [null, "no-key-of-this-gateway"]) {
      expect(await post(SEARCH, key)).toEqual(NO_KEY);
      expect(await get(SEARCH, key)).toEqual(NO_KEY);
      expect(await get("{ __typename }", key)).toEqual(NO_KEY);
      expect(await send(`/graphql/stream?query=${encodeURIComponent(FOLLOW)}`, key, follow)).toEqual(NO_KEY);
      expect(await send("/jobs/none/errors.ndjson", key)).toEqual(NO_KEY);
    }
  });

  test("a page's type does not get an operation past them", async () => {
    expect(await send(`/graphql?query=${encodeURIComponent(SEARCH)}`, null, { headers: { accept: "text/html;q=0.1, */*" } })).toEqual(
      NO_KEY,
    );
  });

  test("no method gets a body read without one, also where nothing answers", async () => {
    const body = { headers: { "content-type": "application/json" }, body: "{" };
    for (const method of ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"]) {
      for (const path of ["/graphql", "/nowhere"]) expect(await send(path, null, { ...body, method }), `${method} ${path}`).toEqual(NO_KEY);
    }
    expect(await send("/nowhere", READ, { method: "PUT" })).toMatchObject({ status: 404, code: "NOT_FOUND" });
    expect(await send("/nowhere", null)).toMatchObject({ status: 404, code: "NOT_FOUND" });
  });

  test("each kind does what it is for", async () => {
    expect(await post(SEARCH, READ)).toEqual(DONE);
    expect(await get(SEARCH, WRITE)).toEqual(DONE);
    expect(await post(CHANGE, READ)).toEqual(WRONG_KIND);
    expect(await post(CHANGE, WRITE)).toEqual(DONE);
    expect(await send("/jobs/none/errors.ndjson", READ)).toMatchObject({ status: 404, code: "NOT_FOUND" });
  });

  test("the page, health and pictures are for everybody", async () => {
    expect(await send("/graphql", null, { headers: { accept: "text/html" } })).toEqual(DONE);
    expect(await send("/livez", null)).toEqual(DONE);
    expect(await send("/livez", null, { method: "HEAD" })).toEqual(DONE);
    expect(await send("/readyz", null)).toEqual(DONE);
    expect(await send(`/pictures/${"0".repeat(64)}`, null)).toMatchObject({ status: 404 });
  });
});
