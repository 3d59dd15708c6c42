import { beforeAll, expect, it } from "vitest";
import type { SearchRequest } from "../../src/search/search-request.js";
import { openShop, type Shop, shopProduct } from "../support/shop.js";

/** More than any pool of candidates holds, and few of them near the query. */
const PRODUCTS = Array.from({ length: 1100 }, (_, i) => shopProduct(`p${i}`, { title: i < 50 ? "red shoe" : `thing ${i}`, brand: "b" }));
const RED_SHOE = Buffer.from("red shoe");
let shop: Shop;
beforeAll(async () => {
  shop = await openShop(PRODUCTS);
});

it.each<[string, Partial<SearchRequest>]>([
  ["a list by cosine", { image: RED_SHOE }],
  ["a sorted one", { image: RED_SHOE, sort: { by: "TITLE", reverse: false } }],
  ["a boosted one", { image: RED_SHOE, boosts: [{ filter: { brands: ["b"] }, weight: 2 }] }],
  ["text in SEMANTIC", { text: "red shoe", mode: "SEMANTIC" }],
  ["HYBRID", { text: "red shoe thing", mode: "HYBRID", minSimilarity: 0.75 }],
])("is exact where all that is near enough was read: %s", async (_, request) => {
  const page = await shop.page({ minSimilarity: 0.9, ...request, facets: [{ field: "BRAND" }] });
  const total = { count: 50, relation: "EXACT" };
  expect(page.total).toEqual(total);
  expect(page.facets).toMatchObject([{ buckets: [{ value: "b", count: 50 }], countedOver: total }]);
});

it("is the number of candidates where more may be near enough", async () => {
  const request = { image: RED_SHOE, minSimilarity: -1, sort: { by: "TITLE", reverse: false }, facets: [{ field: "BRAND" }] } as const;
  const total = { count: 1000, relation: "CANDIDATES" };
  expect(await shop.page(request)).toMatchObject({ total, facets: [{ countedOver: total }] });
});

it("of a listing is what passes the filter, with pins too", async () => {
  expect((await shop.page({ pins: ["p7", "p1099", "absent"] })).total).toEqual({ count: 1100, relation: "EXACT" });
});
