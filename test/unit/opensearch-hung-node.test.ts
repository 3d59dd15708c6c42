import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { OpenSearchIndex } from "../../src/indexes/opensearch/opensearch-index.js";
import { query } from "../contract/catalogue.js";
import { testOptions } from "../external/opensearch/open-test-index.js";
import { type FakeAnswer, type FakeOpenSearch, startFakeOpenSearch } from "../support/fake-opensearch.js";

const MODEL = { modelId: "m", dimension: 2 };
const META = { ...MODEL, layout: 3, engine: "lucene", spaceType: "cosinesimil", quantisation: "none" };
const HITS = { hits: { hits: [{ _id: "a", sort: ["a"], _source: { product: { id: "a" }, fingerprint: {} } }] } };

/** Answers as a node does that has one product. */
function answer(path: string): FakeAnswer {
  if (path === "/") return { body: { version: { number: "3.5.0" } } };
  if (path.endsWith("/_count")) return { body: { count: 1, _shards: { total: 1, failed: 0 } } };
  if (path.endsWith("/_msearch")) return { body: { responses: [HITS] } };
  if (path.endsWith("/_mget")) return { body: { docs: [{ _id: "a", found: false }] } };
  return { body: { "products-000001": { aliases: { products: {} }, mappings: { _meta: { likeness: META } }, settings: {} } } };
}

describe("two OpenSearch nodes, one of which takes requests and never answers", () => {
  let hangs = false;
  let nodes: FakeOpenSearch[];
  beforeAll(async () => {
    const hung = await startFakeOpenSearch(({ path }) => (hangs ? null : answer(path)));
    nodes = [hung, await startFakeOpenSearch(({ path }) => answer(path))];
  });
  afterAll(() => Promise.all(nodes.map((node) => node.close())));

  const reads: [string, (index: OpenSearchIndex) => Promise<unknown>, unknown][] = [
    ["searches", (index) => index.search([query()]), [{ matches: [{ id: "a" }] }]],
    ["gets", (index) => index.get(["a"]), [null]],
    ["counts", (index) => index.count(), 1],
  ];

  it.each(reads)("answer all %s within their time limit", async (_, read, expected) => {
    const index = new OpenSearchIndex(testOptions("", { urls: nodes.map(({ url }) => url), alias: "products", searchTimeoutMs: 1_500 }));
    hangs = false;
    await index.ensureReady(MODEL);
    hangs = true;
    const [hung] = nodes as [FakeOpenSearch];
    const before = hung.seen.length;
    for (let i = 0; i < 4; i++) expect(await read(index)).toMatchObject(expected as object);
    // It was asked once, and then passed over.
    expect(hung.seen.length - before).toBe(1);
    await index.close();
  });
});

describe("a search after a write, where nothing answers any more", () => {
  it("has one time limit for the look for that write and for itself", async () => {
    let hangs = false;
    const node = await startFakeOpenSearch(({ path }) => {
      if (path.endsWith("/_bulk")) return { body: { items: [{ delete: { status: 404, result: "not_found" } }] } };
      return hangs ? null : answer(path);
    });
    const index = new OpenSearchIndex(testOptions(node.url, { alias: "products", searchTimeoutMs: 900 }));
    await index.ensureReady(MODEL);
    await index.delete(["a"]);
    hangs = true;
    const before = node.seen.length;
    expect(await index.search([query()])).toMatchObject([{ code: "INDEX_UNAVAILABLE" }]);
    // The limit has room for three requests; the first was for a refresh.
    const asked = node.seen.slice(before).map(({ path }) => path);
    expect(asked.slice(0, 2)).toEqual(["/products/_refresh", "/_msearch"]);
    expect(asked.length).toBeLessThanOrEqual(3);
    await index.close();
    await node.close();
  });
});
