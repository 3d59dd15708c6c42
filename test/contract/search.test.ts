import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { FacetRequest } from "../../src/domain/search.js";
import { LanceDbIndex } from "../../src/indexes/lancedb/lancedb-index.js";
import type { SearchRequest } from "../../src/search/search-request.js";
import { history, SEARCHES, walkThrough } from "../support/paging-histories.js";
import { idsOf, openShop, type Shop, shopProduct } from "../support/shop.js";

const dirs: string[] = [];
afterAll(() => Promise.all(dirs.map((dir) => rm(dir, { recursive: true, force: true }))));

async function newLanceDb(): Promise<LanceDbIndex> {
  const dataDir = await mkdtemp(join(tmpdir(), "likeness-search-"));
  dirs.push(dataDir);
  return new LanceDbIndex({ dataDir, memoryBytes: 16 * 1024 * 1024 });
}

const COLOURS = ["red", "green", "blue", "grey", "black"];
const THINGS = ["shoe", "boot", "sofa", "lamp", "tent", "mug", "chair"];
const PRODUCTS = Array.from({ length: 140 }, (_, i) =>
  shopProduct(`p${i}`, {
    title: `${COLOURS[i % 5]} ${THINGS[i % 7]}`,
    brand: `brand ${i % 6}`,
    categories: [`shop/${THINGS[i % 7]}`],
    price: i % 9 === 0 ? null : { amount: (i * 37) % 250, currency: "EUR" },
    groupId: i % 4 === 0 ? `group ${i % 20}` : null,
    inStock: i % 3 > 0,
  }),
);
const FACETS: FacetRequest[] = [
  { field: "CATEGORY" },
  { field: "BRAND" },
  { field: "PRICE", first: 5 },
  { field: "PRICE", ranges: [{ max: 50 }, { min: 50 }] },
  { field: "IN_STOCK" },
];

/** Searches whose order does not depend on an engine's BM25. */
const SAME_ORDER: Record<string, Partial<SearchRequest>> = {
  listing: {},
  "a filtered listing": { filter: { brands: ["brand 1"], price: { max: 120 } } },
  "a sorted listing": { sort: { by: "PRICE", reverse: true } },
  "a picture": { image: Buffer.from("red shoe") },
  "a picture, cut off": { image: Buffer.from("red shoe"), minSimilarity: 0.3 },
  "meaning of words": { text: "red shoe", mode: "SEMANTIC" },
  "a mix": { mix: [{ similarTo: "p3" }, { text: "red", weight: -0.4 }] },
  groups: { image: Buffer.from("grey lamp"), groupBy: "PRODUCT_GROUP" },
  diversity: { image: Buffer.from("grey lamp"), diversity: { lambda: 0.5 } },
  "boosts and pins": { image: Buffer.from("tent"), boosts: [{ filter: { inStock: true }, weight: 3 }], pins: ["p9", "p1"] },
  "words by price": { text: "red lamp", mode: "LEXICAL", sort: { by: "PRICE", reverse: false } },
};
const SAME_SET: Record<string, Partial<SearchRequest>> = {
  words: { text: "red lamps", mode: "LEXICAL" },
  "misspelt words": { text: "gren", mode: "LEXICAL", filter: { inStock: true } },
  hybrid: { text: "black chair", mode: "HYBRID" },
};

describe("a search of LanceDB and of memory", () => {
  let [lance, memory]: Shop[] = [];
  beforeAll(async () => {
    lance = await openShop(PRODUCTS, await newLanceDb());
    memory = await openShop(PRODUCTS);
  });
  afterAll(() => lance?.index.close());

  const both = async (request: Partial<SearchRequest>) => {
    const pages = await Promise.all([lance, memory].map((shop) => (shop as Shop).page({ facets: FACETS, first: 100, ...request })));
    return pages as [(typeof pages)[0], (typeof pages)[0]];
  };

  it.each(Object.entries(SAME_ORDER))("gives the same page, counts and facets: %s", async (_, request) => {
    const [found, expected] = await both(request);
    expect(idsOf(found)).toEqual(idsOf(expected));
    expect(idsOf(found).length).toBeGreaterThan(3);
    for (const key of ["total", "facets", "hasNextPage", "hasPreviousPage", "modeUsed"] as const) expect(found[key]).toEqual(expected[key]);
  });

  it.each(Object.entries({ ...SAME_ORDER, ...SAME_SET }))("gives embeddings where they are asked for: %s", async (_, request) => {
    const [found] = await both({ ...request, facets: null, withEmbeddings: true });
    expect(found.hits.length).toBeGreaterThan(0);
    for (const { hit } of found.hits) expect(hit).toMatchObject(PRODUCTS[Number(hit.product.id.slice(1))] as object);
  });

  it.each(Object.entries(SAME_SET))("finds and counts the same: %s", async (_, request) => {
    const [found, expected] = await both(request);
    expect(idsOf(found).sort()).toEqual(idsOf(expected).sort());
    for (const key of ["total", "facets", "modeUsed"] as const) expect(found[key]).toEqual(expected[key]);
  });
});

describe("paging through LanceDB while products are added and removed", () => {
  it.each(Object.entries(SEARCHES))("gives each product of a %s search exactly once", async (_, request) => {
    await fc.assert(
      fc.asyncProperty(history, async (each) => {
        const index = await newLanceDb();
        const { given, throughout } = await walkThrough(request, each, index);
        await index.close();
        expect(new Set(given).size).toBe(given.length);
        expect(throughout.filter((id) => !given.includes(id))).toEqual([]);
      }),
      { numRuns: 4 },
    );
  });
});
