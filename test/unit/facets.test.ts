import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { countFacets, toBuckets, withoutOwn } from "../../src/domain/facets.js";
import { EVEN_WEIGHTS } from "../../src/domain/fusion.js";
import { FilteredProduct, matcherOf } from "../../src/domain/matches-filter.js";
import { PRICE_STEPS, stepOf } from "../../src/domain/price-steps.js";
import type { Product } from "../../src/domain/product.js";
import type { FacetCount, FacetRequest, ProductFilter } from "../../src/domain/search.js";
import { FacetPlan } from "../../src/search/facet-plan.js";
import type { SearchRequest } from "../../src/search/search-request.js";
import { shareQueries } from "../../src/search/share-queries.js";
import { product, query } from "../contract/catalogue.js";
import { openShop, shopProduct } from "../support/shop.js";
import { embeddingOf } from "../support/word-encoder.js";

const amount = fc.oneof(fc.integer({ min: 0, max: 300 }), fc.double({ min: 0, max: 1e6, noNaN: true }));
const products: fc.Arbitrary<Product[]> = fc.array(
  fc
    .record({
      categories: fc.uniqueArray(fc.constantFrom("A", "A/B", "A/B/C", "D"), { maxLength: 3 }),
      brand: fc.option(fc.constantFrom("x", "y", "z")),
      price: fc.option(fc.record({ amount, currency: fc.constantFrom("EUR", "USD") })),
      inStock: fc.option(fc.boolean()),
      attributes: fc.array(fc.record({ name: fc.constantFrom("colour", "size"), value: fc.constantFrom("red", "1", "2") }), {
        maxLength: 3,
      }),
    })
    .map((fields) => product("p", fields)),
  { maxLength: 40 },
);
const request: fc.Arbitrary<FacetRequest> = fc.oneof(
  fc.constantFrom("CATEGORY", "BRAND", "IN_STOCK").map((field) => ({ field: field as FacetRequest["field"], first: 100 })),
  fc.constantFrom("colour", "size").map((attribute) => ({ field: "ATTRIBUTE" as const, attribute, first: 100 })),
  fc.integer({ min: 1, max: 8 }).map((first) => ({ field: "PRICE" as const, first })),
  fc.constant({ field: "PRICE" as const, ranges: [{ max: 20 }, { min: 20, max: 100 }, { min: 100 }], first: 100 }),
);

/** The filter that a shopper sets by clicking on a bucket. */
function picking({ field, attribute }: FacetRequest, { value, min, max }: FacetCount): ProductFilter {
  if (field === "CATEGORY") return { categories: [value] };
  if (field === "BRAND") return { brands: [value] };
  if (field === "IN_STOCK") return { inStock: value === "true" };
  return field === "PRICE" ? { price: { min, max } } : { attributes: [{ name: attribute as string, in: [value] }] };
}

describe("facets", () => {
  it("count what a filter by the bucket would find", () => {
    fc.assert(
      fc.property(products, request, (all, facet) => {
        const buckets = toBuckets(facet, countFacets([facet], all)[0] ?? []);
        for (const bucket of buckets) {
          const passes = matcherOf(picking(facet, bucket));
          expect(bucket.count).toBe(all.filter((each) => passes(new FilteredProduct(each))).length);
        }
      }),
    );
  });

  it("put the most frequent first, equal ones by value, and no more buckets than asked for", () => {
    fc.assert(
      fc.property(products, fc.integer({ min: 1, max: 3 }), (all, first) => {
        const facet: FacetRequest = { field: "CATEGORY", first };
        const buckets = toBuckets(facet, countFacets([facet], all)[0] ?? []);
        expect(buckets.length).toBeLessThanOrEqual(first);
        expect(buckets).toEqual([...buckets].sort((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1)));
      }),
    );
  });

  it("compute price ranges that hold every price once, in order", () => {
    fc.assert(
      fc.property(products, fc.integer({ min: 1, max: 6 }), (all, first) => {
        const facet: FacetRequest = { field: "PRICE", first };
        const buckets = toBuckets(facet, countFacets([facet], all)[0] ?? []);
        expect(buckets.length).toBeLessThanOrEqual(first);
        expect(buckets.reduce((sum, { count }) => sum + count, 0)).toBe(all.filter(({ price }) => price !== null).length);
        for (let i = 1; i < buckets.length; i++) expect(buckets[i]?.min).toBeGreaterThan(buckets[i - 1]?.max as number);
      }),
    );
  });

  it("join the neighbouring prices that have the fewest products", () => {
    const all = [1, 1, 1, 20, 300].map((each) => product("p", { price: { amount: each, currency: "EUR" } }));
    const facet: FacetRequest = { field: "PRICE", first: 2 };
    expect(toBuckets(facet, countFacets([facet], all)[0] ?? []).map(({ value, count }) => [value, count])).toEqual([
      ["1-1", 3],
      ["20-300", 2],
    ]);
  });

  it("keep given price ranges as they are, empty ones too", () => {
    const facet: FacetRequest = { field: "PRICE", ranges: [{ min: 50, max: 60 }, { max: 10 }] };
    const [counts = []] = countFacets([facet], [product("a", { price: { amount: 10, currency: "EUR" } })]);
    expect(toBuckets(facet, counts)).toEqual([
      { value: "50-60", count: 0, min: 50, max: 60 },
      { value: "*-10", count: 1, min: null, max: 10 },
    ]);
  });

  it("give every price range back that was given, however many there are", () => {
    const ranges = Array.from({ length: 12 }, (_, i) => ({ min: i, max: i + 1 }));
    for (const first of [null, 3]) {
      const facet: FacetRequest = { field: "PRICE", ranges, first };
      const buckets = toBuckets(facet, countFacets([facet], [product("a", { price: { amount: 11.5, currency: "EUR" } })])[0] ?? []);
      expect(buckets.map(({ value, count }) => [value, count]).slice(9)).toEqual([
        ["9-10", 0],
        ["10-11", 0],
        ["11-12", 1],
      ]);
    }
  });

  it("count a category that begins with a slash in no category without a name", () => {
    const counts = countFacets([{ field: "CATEGORY" }], [product("a", { categories: ["/Wear/Shoes"] })]);
    expect(counts[0]?.map(({ value }) => value).sort()).toEqual(["/Wear", "/Wear/Shoes"]);
  });

  it("part prices at round amounts", () => {
    expect(PRICE_STEPS).toEqual([...PRICE_STEPS].sort((a, b) => a - b));
    fc.assert(
      fc.property(amount, (each) => {
        expect(PRICE_STEPS[stepOf(each)] ?? Number.POSITIVE_INFINITY).toBeGreaterThan(each);
        expect(PRICE_STEPS[stepOf(each) - 1] ?? 0).toBeLessThanOrEqual(each);
      }),
    );
  });
});

describe("withoutOwn", () => {
  const filter: ProductFilter = {
    categories: ["A"],
    brands: ["x"],
    price: { min: 1, max: 9, currency: "EUR" },
    inStock: true,
    attributes: [
      { name: "colour", in: ["red"] },
      { name: "size", in: ["1"] },
    ],
    and: [{ brands: ["y"], inStock: false }],
    or: [{ brands: ["z"] }],
    not: { brands: ["w"] },
  };

  it("leaves out what the facet itself chose, in and too, but not below or and not", () => {
    const rest = withoutOwn(filter, { field: "BRAND" });
    expect(rest).toMatchObject({ brands: null, and: [{ brands: null, inStock: false }], or: [{ brands: ["z"] }], not: { brands: ["w"] } });
    expect(rest).toMatchObject({ categories: ["A"], inStock: true, price: filter.price, attributes: filter.attributes });
    expect(withoutOwn(filter, { field: "CATEGORY" })).toMatchObject({ categories: null, brands: ["x"] });
    expect(withoutOwn(filter, { field: "PRICE" }).price).toEqual({ currency: "EUR" });
    expect(withoutOwn(filter, { field: "ATTRIBUTE", attribute: "size" }).attributes).toEqual([{ name: "colour", in: ["red"] }]);
    expect(withoutOwn(filter, { field: "IN_STOCK" })).toMatchObject({ inStock: null, and: [{ inStock: null }] });
  });
});

describe("facets of a search", () => {
  const COLOURS = ["red", "green", "blue"] as const;
  const SHOP = openShop(
    Array.from({ length: 60 }, (_, i) =>
      shopProduct(`p${i}`, {
        title: `${COLOURS[i % 3]} ${i % 2 ? "shoe" : "boot"}`,
        brand: `brand ${i % 4}`,
        inStock: i % 5 !== 0,
        categories: [i % 2 ? "Wear/Shoes" : "Wear/Boots"],
      }),
    ),
  );
  const facets: FacetRequest[] = [{ field: "BRAND" }, { field: "CATEGORY" }, { field: "IN_STOCK" }];
  const SEARCHES: Record<string, Partial<SearchRequest>> = {
    listing: {},
    lexical: { text: "red shoe", mode: "LEXICAL" },
    hybrid: { text: "red shoe", mode: "HYBRID" },
    picture: { image: Buffer.from("red shoe") },
    cut: { image: Buffer.from("red shoe"), minSimilarity: 0.5 },
  };

  it.each(Object.entries(SEARCHES))("of a %s are its totals, each without its own filter", async (_, search) => {
    const shop = await SHOP;
    const filter: ProductFilter = { brands: ["brand 1"], inStock: true };
    const { facets: [brand, category, stock] = [], total } = await shop.page({ ...search, filter, facets, first: 1 });
    expect(category?.countedOver).toEqual(total);
    const totalOf = async (other: ProductFilter) => (await shop.page({ ...search, filter: other, first: 1 })).total?.count;
    for (const { value, count } of category?.buckets ?? []) expect(count).toBe(await totalOf({ ...filter, categories: [value] }));
    expect(brand?.buckets.length).toBeGreaterThan(1);
    for (const { value, count } of brand?.buckets ?? []) expect(count).toBe(await totalOf({ inStock: true, brands: [value] }));
    expect(stock?.buckets.map(({ value }) => value).sort()).toEqual(["false", "true"]);
    for (const { value, count } of stock?.buckets ?? []) {
      expect(count).toBe(await totalOf({ brands: ["brand 1"], inStock: value === "true" }));
    }
  });

  it("cost no further index call, and change neither page nor cursor", async () => {
    const shop = await SHOP;
    for (const search of Object.values(SEARCHES)) {
      const plain = await shop.page({ ...search, first: 5 });
      const before = shop.search.indexCalls;
      const page = await shop.page({ ...search, first: 5, facets });
      expect(shop.search.indexCalls).toBe(before + 1);
      expect(page.hits.map(({ hit, cursor }) => [hit.product.id, cursor()])).toEqual(
        plain.hits.map(({ hit, cursor }) => [hit.product.id, cursor()]),
      );
      expect(plain.facets).toEqual([]);
    }
  });

  it("are counted once, though the page is read again deeper", async () => {
    const shop = await openShop(Array.from({ length: 5 }, (_, i) => shopProduct(`p${i}`, { title: "red boot", brand: "old" })));
    const search = { image: Buffer.from("red shoe"), facets: [{ field: "BRAND" as const }], first: 1 };
    const after = (await shop.page(search)).hits[0]?.cursor();
    await shop.index.upsert(Array.from({ length: 20 }, (_, i) => shopProduct(`n${i}`, { title: "red shoe", brand: "new" })));
    const before = shop.search.indexCalls;
    const page = await shop.page({ ...search, after });
    expect(shop.search.indexCalls).toBe(before + 2);
    expect(page.facets[0]?.buckets.map(({ value, count }) => [value, count])).toEqual([
      ["new", 20],
      ["old", 5],
    ]);
  });

  it("share the lists of the search, where they leave out nothing of its filter", async () => {
    const shop = await openShop([shopProduct("red"), shopProduct("blue")]);
    const asked: number[] = [];
    const search = shop.index.search.bind(shop.index);
    shop.index.search = async (queries) => {
      asked.push(queries.length);
      return await search(queries);
    };
    const hybrid = { text: "red", filter: { inStock: true } };
    await shop.page({ ...hybrid, facets: [{ field: "BRAND" }, { field: "CATEGORY" }] });
    await shop.page({ ...hybrid, facets: [{ field: "BRAND" }, { field: "IN_STOCK" }] });
    expect(asked).toEqual([3, 6]);
  });

  it("share a list with whatever either wants of it", () => {
    const list = query({ limit: 1000 });
    const [own, counted] = [
      { ...list, withTotal: true, withEmbeddings: true },
      { ...list, withProducts: true },
    ];
    for (const both of [shareQueries([own, counted]), shareQueries([counted, own])]) {
      expect(both).toEqual({ queries: [{ ...own, ...counted, withTotal: true, withEmbeddings: true }], places: [0, 0] });
    }
  });

  it("read no embeddings, though the page is to have them", () => {
    const base = { filter: null, excludeIds: [], withTotal: false, withEmbeddings: true };
    const orders = [{ kind: "image" as const, embedding: embeddingOf("red shoe") }];
    const plan = new FacetPlan(facets, { base, orders, depth: 1000, minSimilarity: null, weights: EVEN_WEIGHTS });
    expect(plan.queries()).toMatchObject([{ withProducts: true, withEmbeddings: false }]);
  });

  it.each([
    ["an attribute without a name", [{ field: "ATTRIBUTE" }]],
    ["a name without an attribute", [{ field: "BRAND", attribute: "x" }]],
    ["ranges of brands", [{ field: "BRAND", ranges: [{ min: 1 }] }]],
    ["no ranges", [{ field: "PRICE", ranges: [] }]],
    ["a range to infinity", [{ field: "PRICE", ranges: [{ max: Number.POSITIVE_INFINITY }] }]],
    ["a range turned round", [{ field: "PRICE", ranges: [{ min: 2, max: 1 }] }]],
    ["too many ranges", [{ field: "PRICE", ranges: Array.from({ length: 51 }, () => ({ min: 1 })) }]],
    ["no buckets", [{ field: "BRAND", first: 0 }]],
    ["too many buckets", [{ field: "BRAND", first: 1001 }]],
    ["too many facets", Array.from({ length: 21 }, () => ({ field: "BRAND" }))],
  ])("refuse %s", async (_, wrong) => {
    await expect((await SHOP).page({ facets: wrong as FacetRequest[] })).rejects.toMatchObject({ code: "BAD_USER_INPUT" });
  });

  it("take as much as is allowed", async () => {
    const most: FacetRequest[] = [
      { field: "BRAND", first: 1000 },
      { field: "PRICE", ranges: Array.from({ length: 50 }, () => ({ min: 1, max: 1 })) },
    ];
    const { facets: [brand, price] = [] } = await (await SHOP).page({ facets: most });
    expect([brand?.buckets.length, price?.buckets.length]).toEqual([4, 50]);
  });

  it("say which of field and attribute is too much or too little", async () => {
    const { page } = await SHOP;
    await expect(page({ facets: [{ field: "ATTRIBUTE" }] })).rejects.toThrow("needs the attribute's name in attribute.");
    await expect(page({ facets: [{ field: "BRAND", attribute: "x" }] })).rejects.toThrow(
      "A facet of field BRAND has no attribute: leave it out",
    );
  });
});
