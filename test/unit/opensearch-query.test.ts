import type { Client } from "@opensearch-project/opensearch";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type FacetRequest, type ListOrder, MAX_RANK } from "../../src/domain/search.js";
import { buildSearches, toLines } from "../../src/indexes/opensearch/build-query.js";
import { indexBody, newMeta } from "../../src/indexes/opensearch/mapping.js";
import { graphScore, type SpaceType, scriptScore } from "../../src/indexes/opensearch/native-score.js";
import type { Engine, OpenSearchOptions } from "../../src/indexes/opensearch/options.js";
import { patiently } from "../../src/indexes/opensearch/retry.js";
import { searchQueries } from "../../src/indexes/opensearch/search-queries.js";
import { SERVERLESS, type Server, serverOf } from "../../src/indexes/opensearch/server.js";
import { ownTarget, searching, type Target } from "../../src/indexes/opensearch/target.js";
import { by, query } from "../contract/catalogue.js";

const PROBE = Float32Array.of(0.5, -0.5);
const OPTIONS: OpenSearchOptions = {
  urls: ["http://localhost:9200"],
  auth: { kind: "none" },
  alias: "products",
  graph: { engine: "lucene", quantisation: "none", m: 16, efConstruction: 128, efSearch: 200 },
  shards: 2,
  replicas: 1,
  foreign: null,
  searchTimeoutMs: 1,
  writeTimeoutMs: 1,
};

function target(version: string, graph: Partial<OpenSearchOptions["graph"]> = {}) {
  const options = { ...OPTIONS, graph: { ...OPTIONS.graph, ...graph } };
  const server = serverOf(version);
  return ownTarget("products-000001", newMeta({ modelId: "m", dimension: 2 }, options, server), options, server);
}

const ORDER = [{ _score: "desc" }, { "product.id": "asc" }];
/** Has the server tell of each hit whether it has the field, without leaving any out. */
const told = (field: string) => ({ bool: { must: { match_all: {} }, should: { exists: { field, _name: field } } } });
const EXACT = { exact: true, unknownWords: null };
const WALKING = { exact: false, unknownWords: null };
const PRICE = { kind: "listing", by: "PRICE", reverse: true, backwards: false, after: null } as const;

describe("the body of a search", () => {
  it("walks the graph with the filter inside, to a depth that lists share", () => {
    const filter = { brands: ["b"], not: { inStock: false } };
    const [search] = buildSearches(query({ order: by("image", PROBE), filter, excludeIds: ["x"], limit: 30 }), target("3.5.0"), WALKING);
    expect(search?.body).toEqual({
      query: {
        knn: {
          image_embedding: {
            vector: [0.5, -0.5],
            k: 100,
            method_parameters: { ef_search: 200 },
            filter: {
              bool: {
                filter: [
                  {
                    bool: {
                      filter: [{ bool: { must_not: [{ term: { "product.inStock": false } }] } }, { terms: { "product.brand": ["b"] } }],
                    },
                  },
                  { bool: { must_not: [{ terms: { "product.id": ["x"] } }] } },
                ],
              },
            },
          },
        },
      },
      size: 31,
      sort: ORDER,
      track_total_hits: false,
      _source: false,
      post_filter: told("text_embedding"),
    });
  });

  it.each([
    [50, 100],
    [51, 400],
    [200, 400],
    [201, 1_000],
    [MAX_RANK, MAX_RANK],
  ])("walks for %i products to the depth %i", (limit, k) => {
    const [search] = buildSearches(query({ order: by("image", PROBE), limit }), target("3.5.0"), WALKING);
    expect(search?.body).toMatchObject({ query: { knn: { image_embedding: { k } } } });
  });

  it("compares all products by script when asked to", () => {
    const asked = query({ order: by("text", PROBE), withTotal: true, withProducts: true, withEmbeddings: true });
    const [search, ...more] = buildSearches(asked, target("2.18.0"), EXACT);
    expect(search?.body).toEqual({
      query: {
        script_score: {
          query: { bool: { filter: [{ exists: { field: "text_embedding" } }] } },
          script: {
            source: "knn_score",
            lang: "knn",
            params: { field: "text_embedding", query_value: [0.5, -0.5], space_type: "cosinesimil" },
          },
        },
      },
      size: 11,
      sort: ORDER,
      track_total_hits: true,
      _source: true,
      stored_fields: ["stored_image_embedding", "stored_text_embedding"],
      post_filter: told("image_embedding"),
    });
    expect(more).toEqual([]);
  });

  it("lists by id", () => {
    const asked = query({ filter: { price: { min: 1, currency: "eur" }, categories: ["A"] }, withTotal: true, withProducts: true });
    const [search] = buildSearches(asked, target("3.5.0"), WALKING);
    expect(search?.body).toEqual({
      query: {
        bool: {
          filter: [
            { terms: { category_paths: ["A"] } },
            { range: { "product.price.amount": { gte: 1 } } },
            { term: { "product.price.currency": "EUR" } },
          ],
        },
      },
      size: 11,
      sort: [{ "product.id": "asc" }],
      track_total_hits: true,
      _source: true,
    });
  });

  it.each([
    ["forwards", {}, { order: "desc", missing: -Number.MAX_VALUE }, "asc", undefined],
    ["backwards", { backwards: true }, { order: "asc", missing: -Number.MAX_VALUE }, "desc", undefined],
    ["behind a price", { after: { key: 5, id: "a" } }, { order: "desc", missing: -Number.MAX_VALUE }, "asc", [5, "a"]],
    [
      "behind none",
      { reverse: false, after: { key: null, id: "a" } },
      { order: "asc", missing: Number.MAX_VALUE },
      "asc",
      [Number.MAX_VALUE, "a"],
    ],
  ])("lists by price with the priceless last: %s", (_, over, amount, id, search_after) => {
    const [search] = buildSearches(query({ order: { ...PRICE, ...over } }), target("3.5.0"), WALKING);
    expect(search?.body).toMatchObject({ sort: [{ "product.price.amount": amount }, { "product.id": id }] });
    expect(search?.body["search_after"]).toEqual(search_after);
  });

  it("looks for words and their phrase, and asks which of them no product has", () => {
    const asked = query({ order: { kind: "lexical", words: ["red", "shose", "xl"] } });
    const [search, ...known] = buildSearches(asked, target("3.5.0"), EXACT);
    expect(search?.body["query"]).toEqual({
      bool: {
        should: [
          { match: { title_words: { query: "red shose xl", boost: 2 } } },
          { match_phrase: { title_words: { query: "red shose xl", boost: 2 } } },
          { match: { words: { query: "red shose xl", boost: 1 } } },
          { match_phrase: { words: { query: "red shose xl", boost: 1 } } },
        ],
        minimum_should_match: 1,
      },
    });
    // A word of two letters has no neighbours.
    expect(known.map(({ role }) => role)).toEqual([{ word: "red" }, { word: "shose" }]);
    const [again, ...more] = buildSearches(asked, target("3.5.0"), { exact: true, unknownWords: ["shose"] });
    expect(again?.body["query"]).toMatchObject({
      bool: {
        should: [
          { match: { title_words: { query: "red xl" } } },
          { match: { title_words: { query: "shose", fuzziness: 1, boost: 2 } } },
          {},
          {},
          { match: { words: { query: "shose", fuzziness: 1, boost: 1 } } },
          {},
        ],
      },
    });
    expect(more).toEqual([]);
  });

  it("counts facets of listings beside their hits", () => {
    const facets: FacetRequest[] = [{ field: "BRAND", first: 3 }, { field: "PRICE", ranges: [{ min: 1, max: 2 }] }, { field: "PRICE" }];
    const [search] = buildSearches(query({ facets }), target("3.5.0"), WALKING);
    expect(search?.body["aggs"]).toMatchObject({
      0: { terms: { field: "product.brand", size: 3 } },
      1: { filters: { filters: { 0: { range: { "product.price.amount": { gte: 1, lte: 2 } } } } } },
      2: { range: { field: "product.price.amount" } },
    });
  });

  it.each(['a"b.', "", "n".repeat(3_000)])("keeps to what belongs to an attribute by its name, whatever is in it", (attribute) => {
    const [search] = buildSearches(query({ facets: [{ field: "ATTRIBUTE", attribute }] }), target("3.5.0"), WALKING);
    const include = expect.stringMatching(/^[0-9a-f]{32}\.\*$/);
    expect(search?.body["aggs"]).toMatchObject({ 0: { terms: { field: "attributes", include } } });
  });

  it("sees the whole of a listing for its facets, without a total and behind a product too", () => {
    const asked = query({ order: { ...PRICE, after: { key: 5, id: "a" } }, facets: [{ field: "BRAND" }] });
    const [search] = buildSearches(asked, target("3.5.0"), WALKING);
    expect(search?.body).toMatchObject({ search_after: [5, "a"], track_total_hits: true });
  });

  it.each([
    [1, 1, 0, 50],
    [11, 11, 0, 45],
    [32, 32, 0, 14],
    [32, 1, 0, 50],
    [1, 1, 300, 50],
    [32, 32, 150, 7],
    [32, 32, 300, 1],
  ])(
    "keeps to the clauses that a server takes: of %d words %d misspelt, beside %d conditions",
    (count, misspelt, conditions, neighbours) => {
      const words = Array.from({ length: count }, (_, i) => `word${i}`);
      const filter =
        conditions === 0 ? null : { or: Array.from({ length: conditions }, (_, i) => ({ price: { min: i, currency: "EUR" } })) };
      const manner = { exact: true, unknownWords: words.slice(0, misspelt) };
      const [search] = buildSearches(query({ order: { kind: "lexical", words }, filter }), target("3.5.0"), manner);
      const expansions = [...JSON.stringify(search?.body).matchAll(/"max_expansions":(\d+)/g)].map(([, number]) => Number(number));
      expect(expansions).toEqual(Array.from({ length: 2 * misspelt }, () => neighbours));
    },
  );

  it("counts beside a walk, which does not see everything", () => {
    const [, count] = buildSearches(query({ order: by("image", PROBE), withTotal: true }), target("3.5.0"), WALKING);
    expect(count?.body).toEqual({ query: { exists: { field: "image_embedding" } }, size: 0, track_total_hits: true });
  });

  it("asks for no more hits than the server gives", () => {
    const [search] = buildSearches(query({ limit: 10_000 }), target("3.5.0"), WALKING);
    expect(search?.body).toMatchObject({ size: 10_000 });
  });

  it.each([
    ["1.3.20", "without a filter in the graph, a filtered search compares all", { script_score: {} }],
    ["2.3.0", "lucene has no filter yet", { script_score: {} }],
    ["2.4.0", "lucene filters, and searches as broadly as k", { knn: { image_embedding: { k: 200, filter: {} } } }],
    ["2.16.0", "the breadth is a parameter of the query", { knn: { image_embedding: { k: 100, method_parameters: { ef_search: 200 } } } }],
  ])("on %s: %s", (version, _, wanted) => {
    const [search] = buildSearches(query({ order: by("image", PROBE), filter: { inStock: true } }), target(version), WALKING);
    expect(search?.body).toMatchObject({ query: wanted });
  });

  it("sends bytes where embeddings are kept as bytes", () => {
    const asked = query({ order: by("image", Float32Array.of(0.6, -0.3)) });
    const [search] = buildSearches(asked, target("3.5.0", { quantisation: "byte" }), WALKING);
    expect(search?.body).toMatchObject({ query: { knn: { image_embedding: { vector: [127, -63] } } } });
  });

  it("goes to the same copies for lists of every length, and never accepts part of an answer", () => {
    const header = (order: ListOrder, limit: number) => {
      const asked = query({ order, limit });
      return toLines("products", asked, buildSearches(asked, target("3.5.0"), EXACT))[0] as { preference: string };
    };
    const orders = [by("image", PROBE), by("image", Float32Array.of(1, 0)), ...["a", "b"].map(lexical)];
    const headers = orders.map((order) => header(order, 10));
    expect(headers[0]).toMatchObject({
      index: "products",
      allow_partial_search_results: false,
      preference: expect.stringMatching(/^[0-9a-f]+$/),
    });
    expect(orders.map((order) => header(order, 200))).toEqual(headers);
    expect(new Set(headers.map(({ preference }) => preference)).size).toBe(orders.length);
  });
});

describe("a search of a collection, which runs no scripts", () => {
  const collection = (engine: Engine): Target => ({
    ...target("2.19.0"),
    ...searching(SERVERLESS, { engine, spaceType: "cosinesimil", asBytes: false }, 200),
  });

  it("walks the graph however few products there are, and counts beside", () => {
    const asked = query({ order: by("image", PROBE), filter: { inStock: true }, withTotal: true });
    const [search, count] = buildSearches(asked, collection("faiss"), EXACT);
    expect(search?.body).toMatchObject({ query: { knn: { image_embedding: { vector: [0.5, -0.5], k: 100, filter: {} } } } });
    expect(search?.score(0.75)).toBe(0.5);
    expect(count?.body).toMatchObject({ query: { bool: { filter: [{ exists: { field: "image_embedding" } }, {}] } }, size: 0 });
  });

  it("is refused where the engine takes no filter, and the others of its operation are answered", async () => {
    const msearch = async () => ({ body: { responses: [{ hits: { hits: [] } }, { hits: { hits: [] } }] } });
    const queries = [query({ order: by("image", PROBE), excludeIds: ["a"] }), query({ order: by("image", PROBE) }), query()];
    const manner = { target: collection("nmslib"), exact: true, again: patiently({ limitMs: 1_000 }) };
    expect(await searchQueries({ msearch } as unknown as Client, "products", queries, manner)).toMatchObject([
      {
        code: "INDEX_UNAVAILABLE",
        message:
          "The field image_embedding of products-000001 cannot be searched with a filter or without some products: its k-NN engine " +
          "takes no filter, and this server runs no script in its place. Make the index anew with the engine faiss, or search all of it.",
      },
      { matches: [], ended: true },
      { matches: [], ended: true },
    ]);
  });
});

function lexical(word: string): ListOrder {
  return { kind: "lexical", words: [word] };
}

describe("a new index", () => {
  const body = (version: string, graph: Partial<OpenSearchOptions["graph"]> = {}, server: Server = serverOf(version)) => {
    const options = { ...OPTIONS, graph: { ...OPTIONS.graph, ...graph } };
    return indexBody(newMeta({ modelId: "m", dimension: 2 }, options, server), options, server) as {
      settings: { index: object };
      mappings: { _meta: object; properties: Record<string, unknown> };
    };
  };

  it("names engine, space and model", () => {
    const { settings, mappings } = body("3.5.0");
    expect(settings.index).toEqual({ knn: true, analysis: expect.anything(), number_of_shards: 2, number_of_replicas: 1 });
    expect(mappings._meta).toEqual({
      likeness: { layout: 3, modelId: "m", dimension: 2, engine: "lucene", spaceType: "cosinesimil", quantisation: "none" },
    });
    expect(mappings.properties["image_embedding"]).toEqual({
      type: "knn_vector",
      dimension: 2,
      method: { name: "hnsw", engine: "lucene", space_type: "cosinesimil", parameters: { m: 16, ef_construction: 128 } },
    });
  });

  it.each([
    ["1.3.20", {}, "nmslib", "cosinesimil"],
    ["2.2.0", {}, "lucene", "cosinesimil"],
    ["2.18.0", { engine: "faiss" }, "faiss", "innerproduct"],
    ["2.19.0", { engine: "faiss" }, "faiss", "cosinesimil"],
  ] as const)("on %s with %o is on %s, %s", (version, graph, engine, space_type) => {
    expect(body(version, graph).mappings.properties["text_embedding"]).toMatchObject({ method: { engine, space_type } });
  });

  it("keeps the breadth as a setting where a query cannot carry it", () => {
    expect(body("1.3.20").settings.index).toMatchObject({ "knn.algo_param.ef_search": 200 });
  });

  it("quantises by the engine's own way", () => {
    expect(body("3.5.0", { quantisation: "byte" }).mappings.properties["image_embedding"]).toMatchObject({ data_type: "byte" });
    expect(body("3.5.0", { engine: "faiss", quantisation: "fp16" }).mappings.properties["image_embedding"]).toMatchObject({
      method: { parameters: { encoder: { name: "sq", parameters: { type: "fp16" } } } },
    });
  });

  it("leaves shards to a collection", () => {
    expect(body("", {}, SERVERLESS).settings.index).toEqual({ knn: true, analysis: expect.anything() });
  });
});

describe("native scores", () => {
  const score = fc.double({ min: 0.01, max: 3, noNaN: true });
  const engines = fc.constantFrom<Engine>("lucene", "faiss", "nmslib");
  const spaces = fc.constantFrom<SpaceType>("cosinesimil", "innerproduct", "l2");
  const versions = fc.constantFrom("1.3.0", "2.18.0", "2.19.0", "3.5.0");

  it("become cosines that order as they do", () => {
    fc.assert(
      fc.property(score, score, engines, spaces, versions, (a, b, engine, space, version) => {
        const server = serverOf(version);
        for (const toCosine of [graphScore(server, engine, space), scriptScore(server, false), scriptScore(server, true)]) {
          expect(Math.abs(toCosine(a))).toBeLessThanOrEqual(1);
          expect(Math.sign(toCosine(a) - toCosine(b)) * Math.sign(a - b)).toBeGreaterThanOrEqual(0);
        }
      }),
    );
  });

  it.each([
    ["2.18.0", "lucene", "cosinesimil", 0.75],
    ["2.18.0", "nmslib", "cosinesimil", 1 / 1.5],
    ["2.19.0", "nmslib", "cosinesimil", 0.75],
    ["3.5.0", "faiss", "cosinesimil", 0.75],
    ["2.18.0", "faiss", "innerproduct", 1.5],
    ["3.5.0", "lucene", "l2", 0.5],
  ] as const)("of %s %s %s at %d is the cosine 0.5", (version, engine, space, score) => {
    expect(graphScore(serverOf(version), engine, space)(score)).toBeCloseTo(0.5, 12);
  });
});
