import { describe, expect, inject, it } from "vitest";
import { MAX_RANK } from "../../../src/domain/search.js";
import { MemoryIndex } from "../../../src/indexes/memory/memory-index.js";
import type { GraphOptions } from "../../../src/indexes/opensearch/options.js";
import { by, catalogue, MODEL, query, randomEmbedding, randomNumbers } from "../../contract/catalogue.js";
import { openTestIndex, testOptions } from "./open-test-index.js";

const PRODUCTS = catalogue(3_000, 7);
/** No index is so small: every search walks the graph. */
const NEVER = -1;
const GRAPHS: [string, Partial<GraphOptions>, { recall: number; digits: number }][] = [
  ["lucene", {}, { recall: 0.99, digits: 4 }],
  ["lucene, bytes", { quantisation: "byte" }, { recall: 0.9, digits: 1 }],
  ["faiss", { engine: "faiss" }, { recall: 0.99, digits: 4 }],
  ["faiss, fp16", { engine: "faiss", quantisation: "fp16" }, { recall: 0.95, digits: 2 }],
];

describe.each(["3.5.0", "2.19.1"] as const)("the graph of OpenSearch %s", (version) => {
  it.each(GRAPHS)("of %s finds nearly what brute force finds, filtered too", async (_, graph, wanted) => {
    const options = testOptions(inject("servers")[version], { exactRows: NEVER });
    const index = await openTestIndex({ ...options, graph: { ...options.graph, ...graph } });
    const truth = new MemoryIndex();
    await Promise.all([index.upsert(PRODUCTS), truth.upsert(PRODUCTS)]);
    const random = randomNumbers(5);
    const queries = Array.from({ length: 60 }, (_, i) =>
      query({
        order: by(i % 4 === 3 ? "text" : "image", randomEmbedding(random)),
        filter: [null, { brands: ["b1"] }, { inStock: true }, null][i % 4] ?? null,
        excludeIds: i % 5 === 0 ? ["p1", "p2"] : [],
        withTotal: true,
      }),
    );
    const [found, expected] = await Promise.all([index.search(queries), truth.search(queries)]);
    let common = 0;
    found.forEach((page, i) => {
      const best = expected[i];
      if (page instanceof Error || !best || best instanceof Error) throw page;
      expect(page.matches).toHaveLength(10);
      expect(page.total).toEqual(best.total);
      const cosines = new Map(best.matches.map(({ id, score }) => [id, score]));
      const right = page.matches.filter(({ id }) => cosines.has(id));
      for (const { id, score } of right) expect(score).toBeCloseTo(cosines.get(id) as number, wanted.digits);
      common += right.length;
    });
    expect(common / 600).toBeGreaterThanOrEqual(wanted.recall);
    // What is given back is what was given in, however coarsely it is compared.
    expect(await index.get(["p0", "p1"])).toEqual(PRODUCTS.slice(0, 2));
    await index.close();
  });

  it("gives a list that longer ones begin with, to the deepest rank", async () => {
    const index = await openTestIndex(testOptions(inject("servers")[version], { exactRows: NEVER }));
    await index.upsert(PRODUCTS);
    const order = by("image", randomEmbedding(randomNumbers(4)));
    const [whole, ...shorter] = await index.search([MAX_RANK, 400, 40, 1].map((limit) => query({ order, limit })));
    if (!whole || whole instanceof Error) throw whole;
    expect(whole).toMatchObject({ matches: { length: 2_500 }, ended: true });
    const ids = whole.matches.map(({ id }) => id);
    expect(new Set(ids).size).toBe(2_500);
    for (const page of shorter) {
      if (page instanceof Error) throw page;
      expect(page.ended).toBe(false);
      expect(page.matches.map(({ id }) => id)).toEqual(ids.slice(0, page.matches.length));
    }
    await index.close();
  });

  it.each([
    ["fp16 without faiss", { quantisation: "fp16" }],
    ["bytes with faiss", { engine: "faiss", quantisation: "byte" }],
  ] as [string, Partial<GraphOptions>][])("is not made with %s", async (_, graph) => {
    const options = testOptions(inject("servers")[version]);
    await expect(openTestIndex({ ...options, graph: { ...options.graph, ...graph } }, MODEL)).rejects.toMatchObject({
      code: "INDEX_UNAVAILABLE",
      message: expect.stringContaining("LIKENESS_OPENSEARCH_ENGINE="),
    });
  });
});
