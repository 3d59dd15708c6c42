import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { FacetRequest, ProductFilter } from "../../src/domain/search.js";
import { LanceDbIndex } from "../../src/indexes/lancedb/lancedb-index.js";
import type { SearchRequest } from "../../src/search/search-request.js";
import { idsOf, openShop, type Shop, shopProduct, walk } from "../support/shop.js";

const IDS = ["a", "B", "é", "😀", "\uffff", "it's", "p1", "p10", "p2", "%_", "x\u0000y", " z", "n\n", "ﷺ"];
const WORDS = ["red", "green", "shoes", "boot", "wool", "Café", "été", "straße", "靴", "O'Neill's", "ｗｏｏｌ", "İstanbul"];
const BRANDS = ["Nike", "nike", "it's", "b\u0000", "😀"];
const CATEGORIES = ["A", "A/B", "A/B/C", "/A", "A/", "x'y"];
const NAMES = ["colour", "a=b", "a%3Db"];
const VALUES = ["red", "=", "b=a=b", "'"];
const AMOUNTS = [0, 0.1, 0.30000000000000004, 10, 1e-7, 1e15, 1e300];
const TIMES = [0, 1, -1, 1704067200000, 1704067200001].map((ms) => new Date(ms));

const any = <T>(list: readonly T[]) => fc.constantFrom(...list);
const some = <T>(list: readonly T[]) => fc.array(any(list), { minLength: 1, maxLength: 3 });
const orNull = <T>(each: fc.Arbitrary<T>) => fc.option(each, { freq: 2 });
/** Seldom there, since pages with it come out of a pool, and others straight from the index. */
const seldom = <T>(each: fc.Arbitrary<T>) => fc.oneof({ weight: 4, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: each });
const words = some(WORDS).map((each) => each.join(" "));
const attributes = fc.array(fc.record({ name: any(NAMES), value: any(VALUES) }), { maxLength: 3 });

const product = fc
  .record({
    id: any(IDS),
    title: fc.oneof(words, any(["shoes", "A", "a", "Á", "ﷺ"])),
    brand: orNull(any(BRANDS)),
    categories: fc.array(any(CATEGORIES), { maxLength: 3 }),
    price: orNull(fc.record({ amount: any(AMOUNTS), currency: any(["EUR", "USD"]) })),
    inStock: orNull(fc.boolean()),
    groupId: orNull(any(["g1", "g2"])),
    attributes,
    updatedAt: any(TIMES),
    lacks: any(["nothing", "pictures", "words"]),
  })
  .map(({ id, lacks, ...over }) => ({
    ...shopProduct(id, over),
    ...(lacks === "pictures" && { imageEmbedding: null }),
    ...(lacks === "words" && { textEmbedding: null }),
  }));
const products = (minLength: number) => fc.uniqueArray(product, { minLength, maxLength: 14, selector: (each) => each.product.id });

const ends = fc.tuple(any(AMOUNTS), any(AMOUNTS)).map(([a, b]) => ({ min: Math.min(a, b), max: Math.max(a, b) }));
const { filter } = fc.letrec<{ filter: ProductFilter }>((tie) => ({
  filter: fc.oneof(
    { maxDepth: 3, depthSize: "small" },
    fc.record({ brands: some(BRANDS) }),
    fc.record({ ids: some(IDS), inStock: fc.boolean() }, { requiredKeys: [] }),
    fc.record({ categories: some(CATEGORIES) }),
    fc.record({ price: ends }),
    fc.record({ attributes: fc.tuple(fc.record({ name: any(NAMES), in: some(VALUES) })) }),
    fc.record({ updatedAfter: any(TIMES) }),
    fc.record({ not: tie("filter") }),
    fc.record({ and: fc.array(tie("filter"), { minLength: 1, maxLength: 3 }) }),
    fc.record({ or: fc.array(tie("filter"), { minLength: 1, maxLength: 3 }) }),
  ),
}));
const picture = words.map((each) => ({ image: Buffer.from(each) }));
const search: fc.Arbitrary<Partial<SearchRequest>> = fc
  .tuple(
    fc.oneof(fc.constant({}), fc.constant({}), picture, fc.record({ text: words, mode: fc.constant("SEMANTIC" as const) })),
    fc.record({ filter: fc.option(filter, { freq: 1 }), pins: seldom(some(IDS)), groupBy: seldom(fc.constant("PRODUCT_GROUP" as const)) }),
    fc.oneof(
      fc.record({ sort: fc.record({ by: any(["PRICE", "PRICE", "RELEVANCE", "TITLE", "UPDATED_AT"] as const), reverse: fc.boolean() }) }),
      fc.record({ boosts: fc.tuple(fc.record({ filter, weight: any([0.5, 2, 1e6]) })) }),
    ),
  )
  .map(([query, over, order]) => ({ ...query, ...over, ...order }));

const FACETS: FacetRequest[] = [
  { field: "CATEGORY" },
  { field: "BRAND", first: 2 },
  { field: "IN_STOCK" },
  { field: "PRICE", first: 2 },
  { field: "PRICE", ranges: [{ max: 0.1 }, { min: 0.1 }] },
  ...NAMES.map((attribute): FacetRequest => ({ field: "ATTRIBUTE", attribute })),
];

let dataDir: string;
let lance: Shop;
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "likeness-random-"));
  lance = await openShop([], new LanceDbIndex({ dataDir, memoryBytes: 16 * 1024 * 1024 }));
});
afterAll(async () => {
  await lance.index.close();
  await rm(dataDir, { recursive: true, force: true });
});

it("gives any search without BM25 the same pages, counts and facets in LanceDB and in memory, also after writes", async () => {
  const size = fc.integer({ min: 1, max: 5 });
  await fc.assert(
    fc.asyncProperty(
      products(4),
      products(0),
      fc.array(any(IDS)),
      fc.array(fc.tuple(search, size), { minLength: 3, maxLength: 3 }),
      async (start, later, gone, searches) => {
        const memory = await openShop(start);
        await lance.index.delete(IDS);
        await lance.index.upsert(start);
        for (const { index } of [lance, memory]) {
          await index.upsert(later);
          await index.delete([...new Set(gone)]);
        }
        for (const [request, first] of searches) {
          const asked = { ...request, facets: FACETS };
          const [found, expected] = await Promise.all([lance.page(asked), memory.page(asked)]);
          const inOrder = idsOf(expected);
          expect(idsOf(found)).toEqual(inOrder);
          expect(found.total).toEqual(expected.total);
          expect(found.facets).toEqual(expected.facets);
          expect((await walk(lance, { ...request, first })).flat()).toEqual(inOrder);
          expect((await walk(lance, { ...request, last: first })).reverse().flat()).toEqual(inOrder);
        }
      },
    ),
    { numRuns: 40 },
  );
});
