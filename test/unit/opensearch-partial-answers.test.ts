import type { Client } from "@opensearch-project/opensearch";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { BulkWriter } from "../../src/indexes/opensearch/bulk.js";
import { copyDifferences } from "../../src/indexes/opensearch/copy-differences.js";
import { LAYOUT } from "../../src/indexes/opensearch/mapping.js";
import { OpenSearchIndex } from "../../src/indexes/opensearch/opensearch-index.js";
import type { Target } from "../../src/indexes/opensearch/target.js";
import { testOptions } from "../external/opensearch/open-test-index.js";
import { type FakeAnswer, type FakeOpenSearch, startFakeOpenSearch } from "../support/fake-opensearch.js";

const MODEL = { modelId: "m", dimension: 2 };
const META = { ...MODEL, layout: LAYOUT, engine: "lucene", spaceType: "cosinesimil", quantisation: "none" };
const AWAY = { error: { type: "no_shard_available_action_exception", reason: "no shard available" } };

describe("an OpenSearch of which a shard is away", () => {
  let node: FakeOpenSearch;
  let index: OpenSearchIndex;
  /** Requests to come that the shard is away for. */
  let away: number;

  function answer(path: string, body: string): FakeAnswer {
    if (path === "/") return { body: { version: { number: "3.5.0" } } };
    if (path.endsWith("/_count")) {
      return { body: away-- > 0 ? { count: 1, _shards: { total: 2, failed: 1 } } : { count: 2, _shards: { total: 2, failed: 0 } } };
    }
    if (path.endsWith("/_mget")) {
      const isAway = away-- > 0;
      const { docs } = JSON.parse(body) as { docs: { _id: string }[] };
      return { body: { docs: docs.map(({ _id }) => (isAway && _id === "b" ? { _id, ...AWAY } : { _id, found: false })) } };
    }
    if (path.endsWith("/_msearch")) {
      const searches = body.split("\n").filter((line) => line.includes('"sort"'));
      return { body: { responses: searches.map((each) => (each.includes("price") ? { status: 503, ...AWAY } : { hits: { hits: [] } })) } };
    }
    return { body: { "products-000001": { aliases: { products: {} }, mappings: { _meta: { likeness: META } }, settings: {} } } };
  }

  beforeEach(async () => {
    away = 0;
    node = await startFakeOpenSearch(({ path, body }) => answer(path, body));
    index = new OpenSearchIndex(testOptions(node.url, { alias: "products" }));
    await index.ensureReady(MODEL);
  });
  afterEach(async () => {
    await index.close();
    await node.close();
  });

  it("is asked again for the products of that shard, for these alone", async () => {
    away = 2;
    expect(await index.get(["a", "b", "c"])).toEqual([null, null, null]);
    const asked = node.seen.filter(({ path }) => path.endsWith("/_mget")).map(({ body }) => JSON.parse(body).docs);
    expect(asked.map((docs: { _id: string }[]) => docs.map(({ _id }) => _id))).toEqual([["a", "b", "c"], ["b"], ["b"]]);
  });

  it("answers for the others where that one stays away", async () => {
    away = Number.POSITIVE_INFINITY;
    expect(await index.get(["a", "b"])).toEqual([
      null,
      expect.objectContaining({ code: "INDEX_UNAVAILABLE", message: "The product could not be read: no shard available. Try again." }),
    ]);
  });

  it("answers for the others too where the time limit ends before the tries", async () => {
    await index.close();
    index = new OpenSearchIndex(testOptions(node.url, { alias: "products", searchTimeoutMs: 300 }));
    await index.ensureReady(MODEL);
    away = Number.POSITIVE_INFINITY;
    expect(await index.get(["a", "b"])).toEqual([null, expect.objectContaining({ code: "INDEX_UNAVAILABLE" })]);
    const query = { filter: null, excludeIds: [], limit: 1, withTotal: false, withProducts: false, withEmbeddings: false };
    const listing = { kind: "listing", by: "ID", reverse: false, backwards: false, after: null } as const;
    const pages = await index.search([
      { ...query, order: listing },
      { ...query, order: { ...listing, by: "PRICE" } },
    ]);
    expect(pages).toEqual([expect.objectContaining({ ended: true }), expect.objectContaining({ code: "INDEX_UNAVAILABLE" })]);
  });

  it("does not count the rest for all", async () => {
    away = 1;
    expect(await index.count()).toBe(2);
  });

  it("is not copied as if the products of that shard were gone", async () => {
    const partial: unknown[] = [];
    const client = {
      indices: { refresh: async () => ({}) },
      search: async ({ allow_partial_search_results }: { allow_partial_search_results?: boolean }) => {
        partial.push(allow_partial_search_results);
        return { body: { hits: { hits: [] } } };
      },
    } as unknown as Client;
    const target = (name: string) => ({ index: name }) as Target;
    await copyDifferences(client, new BulkWriter(client, { limitMs: 1_000 }), target("old"), target("new"), () => {});
    expect(partial).toEqual([false, false]);
  });
});
