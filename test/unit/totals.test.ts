import { beforeAll, expect, it } from "vitest";
import { createApollo } from "../../src/graphql/apollo.js";
import { createContext, type Services } from "../../src/graphql/context.js";
import { createLog } from "../../src/log.js";
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

it("has its relation told without the number too", async () => {
  const limits = { maxQueryCost: 1_000, maxQueryDepth: 16, maxQueryAliases: 100 };
  const apollo = createApollo({ log: createLog("silent"), limits, subgraph: false, readCounters: null, onError: null });
  const query = '{ searchProducts(text: "red shoe", mode: SEMANTIC, minSimilarity: -1, sort: { by: TITLE }) { totalCountRelation } }';
  const access = { key: "none", mayRead: true, mayWrite: true } as const;
  const caller = { requestId: "1", access, signal: new AbortController().signal, errorCodes: [] };
  const contextValue = createContext(shop as unknown as Services, caller, null);
  const { body } = await apollo.executeOperation({ query }, { contextValue });
  await apollo.stop();
  expect(body).toMatchObject({ singleResult: { data: { searchProducts: { totalCountRelation: "CANDIDATES" } } } });
});

it("is the number of candidates where the last of them is just near enough, and others are equal to it", async () => {
  const alike = await openShop(PRODUCTS.map(({ product: { id } }) => shopProduct(id, { title: "red shoe" })));
  const request = { image: RED_SHOE, sort: { by: "TITLE", reverse: false } } as const;
  const minSimilarity = (await alike.page(request)).hits[0]?.hit.similarity;
  expect((await alike.page({ ...request, minSimilarity })).total).toEqual({ count: 1000, relation: "CANDIDATES" });
});

it("is the number of candidates where lists are fused, of 200 each at most", async () => {
  const { total } = await shop.page({ text: "red shoe", mode: "SEMANTIC" });
  expect(total?.relation).toBe("CANDIDATES");
  expect(total?.count).toBeLessThanOrEqual(400);
});

it("a sorted listing has all that passes the filter on its pages", async () => {
  expect(await shop.ids({ sort: { by: "TITLE", reverse: false }, last: 1 })).toEqual(["p999"]);
});

it("of a listing is what passes the filter, with pins too", async () => {
  expect((await shop.page({ pins: ["p7", "p1099", "absent"] })).total).toEqual({ count: 1100, relation: "EXACT" });
});
