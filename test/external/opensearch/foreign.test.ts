import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { cosine, type Embedding } from "../../../src/domain/embedding.js";
import type { FacetRequest } from "../../../src/domain/search.js";
import type { OpenSearchIndex } from "../../../src/indexes/opensearch/opensearch-index.js";
import { by, query, randomEmbedding, randomNumbers, stored } from "../../contract/catalogue.js";
import { openTestIndex, rawRequest, testOptions } from "./open-test-index.js";

const DIMENSION = 1024;
const FOREIGN = { embeddingField: "embeddings", titleField: "item_name_in_en_us" };

/** How the index was made: as the AWS sample does, and as newer servers, which refuse that setting, want it. */
const LEGACY = {
  settings: { "index.knn": true, "index.knn.space_type": "cosinesimil" },
  mappings: { properties: { embeddings: { type: "knn_vector", dimension: DIMENSION } } },
};
const field = (engine: string, spaceType: string) => ({
  settings: { "index.knn": true },
  mappings: {
    properties: { embeddings: { type: "knn_vector", dimension: DIMENSION, method: { name: "hnsw", engine, space_type: spaceType } } },
  },
});

describe.each([
  ["2.19.1", "as the AWS sample makes it", LEGACY],
  ["2.19.1", "by lucene, cosinesimil", field("lucene", "cosinesimil")],
  ["2.19.1", "by faiss, innerproduct", field("faiss", "innerproduct")],
  ["3.5.0", "by lucene, cosinesimil", field("lucene", "cosinesimil")],
  ["3.5.0", "by lucene, l2", field("lucene", "l2")],
  ["3.5.0", "by lucene, innerproduct", field("lucene", "innerproduct")],
  ["3.5.0", "by faiss, cosinesimil", field("faiss", "cosinesimil")],
] as const)("an index made elsewhere on OpenSearch %s %s", (version, _, body) => {
  const random = randomNumbers(11);
  const items = Array.from({ length: 120 }, (_, i) => ({
    id: `B0${i}`,
    title: `Item ${i}`,
    embedding: randomEmbedding(random, DIMENSION),
  }));
  const probe = randomEmbedding(random, DIMENSION);
  const options = testOptions(inject("servers")[version], { foreign: FOREIGN });
  const graph = { ...options, exactRows: 0 };
  let exact: OpenSearchIndex;

  beforeAll(async () => {
    const [url = ""] = options.urls;
    await rawRequest(url, "PUT", `/${options.alias}`, body);
    for (const { id, title, embedding } of items) {
      await rawRequest(url, "POST", `/${options.alias}/_doc/${id}`, { item_name_in_en_us: title, embeddings: [...embedding] });
    }
    await rawRequest(url, "POST", `/${options.alias}/_refresh`);
    exact = await openTestIndex(options, { modelId: "any", dimension: DIMENSION });
  });
  afterAll(() => exact.close());

  it("is searched by its one embedding, with titles and cosines", async () => {
    const truth = nearest(probe);
    const walking = await openTestIndex(graph, { modelId: "any", dimension: DIMENSION });
    for (const index of [exact, walking]) {
      const [page, byWords] = await index.search([
        query({ order: by("image", probe), withTotal: true, withProducts: true, withEmbeddings: true }),
        query({ order: by("text", probe), withTotal: true }),
      ]);
      if (!page || page instanceof Error) throw page;
      expect(page.matches.map(({ id }) => id)).toEqual(truth.slice(0, 10).map((each) => each.id));
      expect(page.total).toEqual({ count: 120, relation: "EXACT" });
      page.matches.forEach(({ id, score, stored }, i) => {
        expect(score).toBeCloseTo(truth[i]?.similarity as number, 4);
        expect(stored?.product.title).toBe(`Item ${id.slice(2)}`);
        expect(stored?.imageEmbedding).toHaveLength(DIMENSION);
      });
      expect(byWords).toMatchObject({ matches: [], ended: true, total: { count: 0, relation: "EXACT" } });
    }
    await walking.close();
  });

  it("finds a picture that is in it at 1, and leaves out what is excluded", async () => {
    const own = items[7]?.embedding as Embedding;
    const [page, others] = await exact.search([
      query({ order: by("image", own), limit: 1 }),
      query({ order: by("image", own), excludeIds: ["B07"], limit: 200 }),
    ]);
    expect(page).toMatchObject({ matches: [{ id: "B07", score: expect.closeTo(1, 5) }] });
    expect(others).toMatchObject({ matches: { length: 119 } });
  });

  it("counts, lists and gives products, filters by ids, and knows no brand", async () => {
    expect(await exact.count()).toBe(120);
    expect(await exact.count({ ids: ["B01", "B02", "absent"] })).toBe(2);
    expect(await exact.count({ brands: ["any"] })).toBe(0);
    expect(await exact.count({ not: { brands: ["any"] } })).toBe(120);
    const facets: FacetRequest[] = [{ field: "BRAND" }, { field: "PRICE" }, { field: "PRICE", ranges: [{ max: 9 }] }];
    const byPrice = { kind: "listing", by: "PRICE", reverse: true, backwards: false } as const;
    const [listed, next] = await exact.search([
      query({ limit: 3, facets }),
      query({ order: { ...byPrice, after: { key: null, id: "B01" } }, limit: 2 }),
    ]);
    expect(listed).toMatchObject({ matches: [{ id: "B00" }, { id: "B01" }, { id: "B010" }], ended: false });
    expect(listed).toMatchObject({ facets: [[], [], [{ value: "0", count: 0, min: null, max: 9 }]] });
    expect(next).toMatchObject({ matches: [{ id: "B010" }, { id: "B0100" }] });
    expect(await exact.get(["B05", "absent"])).toMatchObject([{ product: { id: "B05", title: "Item 5" } }, null]);
  });

  it("finds words of the titles, misspelt ones too", async () => {
    const [one, all] = await exact.search([
      query({ order: { kind: "lexical", words: ["17"] }, withProducts: true }),
      query({ order: { kind: "lexical", words: ["itme", "17"] }, withTotal: true }),
    ]);
    expect(one).toMatchObject({ matches: [{ id: "B017", stored: { product: { title: "Item 17" } } }], ended: true });
    expect(all).toMatchObject({ matches: { 0: { id: "B017" }, length: 10 }, total: { count: 120, relation: "EXACT" } });
  });

  it("is never written to", async () => {
    await expect(exact.upsert([stored("new")])).rejects.toMatchObject({ code: "BAD_USER_INPUT" });
    await expect(exact.delete(["B01"])).rejects.toMatchObject({ code: "BAD_USER_INPUT" });
  });

  it("is refused to an encoder of another dimension, and under a wrong field name", async () => {
    await expect(openTestIndex(options, { modelId: "any", dimension: 512 })).rejects.toMatchObject({ code: "MODEL_MISMATCH" });
    const misnamed = { ...options, foreign: { ...FOREIGN, embeddingField: "vectors" } };
    await expect(openTestIndex(misnamed, { modelId: "any", dimension: DIMENSION })).rejects.toMatchObject({ code: "INDEX_UNAVAILABLE" });
    await expect(openTestIndex({ ...options, foreign: null }, { modelId: "any", dimension: DIMENSION })).rejects.toMatchObject({
      message: expect.stringContaining("LIKENESS_OPENSEARCH_EMBEDDING_FIELD"),
    });
  });

  function nearest(to: Embedding) {
    return items.map(({ id, embedding }) => ({ id, similarity: cosine(to, embedding) })).sort((a, b) => b.similarity - a.similarity);
  }
});
