import { expect, test } from "vitest";
import { createApollo } from "../../src/graphql/apollo.js";
import type { Context } from "../../src/graphql/context.js";
import { IdempotentCalls } from "../../src/graphql/idempotent-calls.js";
import { createLog } from "../../src/log.js";
import { importJob } from "../support/import-job.js";

/** A shop without products: what gets past the limits is answered at once. */
const emptyShop = {
  access: { key: "none", mayRead: true, mayWrite: true },
  signal: new AbortController().signal,
  errorCodes: [],
  services: {
    suggestions: { suggest: () => [] },
    imports: { get: async () => importJob() },
    ingest: { ingest: async () => [] },
    index: { delete: async (ids: string[]) => ids.map(() => false) },
    idempotent: new IdempotentCalls(),
  },
  products: { load: async () => null },
  embeddedProducts: { load: async () => null },
  searches: { load: async () => ({ hits: [], facets: [], degradedReasons: [] }) },
} as unknown as Context;

const apolloOf = (maxQueryCost: number) =>
  createApollo({
    log: createLog("silent"),
    limits: { maxQueryCost, maxQueryDepth: 16, maxQueryAliases: 100 },
    subgraph: true,
    readCounters: null,
    onError: null,
  });

const ordinary = apolloOf(20_000);
/** Refuses everything, and says what it costs. */
const strict = apolloOf(1);

async function errorsOf(apollo: typeof ordinary, query: string, variables: Record<string, unknown> = {}, operationName?: string) {
  const request = { query, variables, ...(operationName ? { operationName } : {}) };
  const { body } = await apollo.executeOperation(request, { contextValue: emptyShop });
  if (body.kind !== "single") throw new Error("Nothing here is answered in parts.");
  return (body.singleResult.errors ?? []).map(({ message, extensions }) => ({ message, extensions }));
}

const MIXED = "query ($mix: [QueryPart!]) { searchProducts(first: 1, mix: $mix) { nodes { id } } }";
const FACETED = "query ($facets: [FacetRequest!]) { searchProducts(first: 1, facets: $facets) { nodes { id } } }";
const ENTITIES = "query ($r: [_Any!]!) { _entities(representations: $r) { ... on Product { similar { nodes { id } } } } }";
const ids = (count: number) => Array.from({ length: count }, (_, i) => `p${i}`);
const represented = (count: number) => ids(count).map((id) => ({ __typename: "Product", id }));
const products = (count: number) => ids(count).map((id) => ({ id, title: id, embedding: [1, 2, 3] }));
const refused = (cost: number, most: number) => [
  {
    message: `The operation costs ${cost}; at most ${most} is allowed. Ask for fewer hits, products, fields or searches.`,
    extensions: { code: "QUERY_TOO_COMPLEX" },
  },
];

test.each<[string, string, Record<string, unknown>, number]>([
  ["a page", "{ searchProducts(first: 30) { nodes { id title } } }", {}, 10 + 30 * 3],
  ["a page backwards", "{ searchProducts(last: 5) { nodes { id } } }", {}, 10 + 5 * 2],
  ["a page of no size", "query ($n: Int) { searchProducts(first: $n) { nodes { id } } }", { n: null }, 10 + 20 * 2],
  [
    "facets",
    "{ searchProducts(first: 1, facets: [{ field: BRAND }, { field: PRICE, ranges: [{}, {}] }]) { nodes { id } } }",
    {},
    10 + 12 + 2,
  ],
  [
    "facets of a variable",
    FACETED,
    {
      facets: [
        { field: "BRAND", first: 1000 },
        { field: "BRAND", first: 5 },
      ],
    },
    10 + 1005 + 2,
  ],
  ["one facet for a list", FACETED, { facets: { field: "BRAND", first: 30 } }, 10 + 30 + 2],
  ["more buckets than there can be", FACETED, { facets: [{ field: "BRAND", first: 1e9 }] }, 10 + 1000 + 2],
  ["fewer buckets than there can be", FACETED, { facets: [{ field: "BRAND", first: -1e6 }, null, "a"] }, 10 + 1 + 10 + 10 + 2],
  ["a mix", '{ searchProducts(first: 1, mix: [{ text: "a" }, { text: "b" }]) { nodes { id } } }', {}, 10 + 2 * 10 + 2],
  ["a mix of a variable", MIXED, { mix: [{ text: "a" }, { similarTo: "b" }, { text: "c" }] }, 10 + 3 * 10 + 2],
  ["one part for a list", MIXED, { mix: { text: "a" } }, 10 + 10 + 2],
  ["pages below a page", "{ searchProducts(first: 3) { nodes { similar { nodes { id } } } } }", {}, 10 + 3 * (1 + 10 + 10 * 2)],
  ["suggestions", '{ suggest(prefix: "a", first: 50) { product { similar { nodes { id } } } } }', {}, 1 + 50 * (1 + 10 + 10 * 2)],
  ["suggestions of no number", 'query ($n: Int) { suggest(prefix: "a", first: $n) { text } }', { n: null }, 1 + 8],
  ["more suggestions than there can be", '{ suggest(prefix: "a", first: 1000000) { text } }', {}, 1 + 50],
  ["the errors of an import", '{ ingestJob(id: "a") { errors(first: 1000) { index message } } }', {}, 1 + 1 + 1000 * 2],
  ["ids of a variable", "query ($ids: [ID!]!) { products(ids: $ids) { id title } }", { ids: ids(1000) }, 1 + 1000 * 2],
  ["ids of a variable's default", 'query ($ids: [ID!]! = ["a", "b"]) { products(ids: $ids) { id title } }', {}, 1 + 2 * 2],
  ["ids of the document", '{ products(ids: ["a", "b", "c"]) { id title } }', {}, 1 + 3 * 2],
  ["ids of the document and variables", 'query ($a: ID!) { products(ids: [$a, "b"]) { id } }', { a: "a" }, 1 + 2],
  ["one id for a list", "query ($ids: [ID!]!) { products(ids: $ids) { id title } }", { ids: "a" }, 1 + 2],
  ["more ids than are taken", "query ($ids: [ID!]!) { products(ids: $ids) { id } }", { ids: ids(5000) }, 1 + 1000],
  ["products of a router", ENTITIES, { r: represented(40) }, 1 + 40 * (10 + 10 * 2)],
  [
    "more products of a router than are taken",
    "query ($r: [_Any!]!) { _entities(representations: $r) { __typename } }",
    { r: represented(5000) },
    1 + 1000,
  ],
  [
    "products that are ingested",
    "mutation ($p: [ProductInput!]!) { ingestProducts(products: $p) { ingestedCount results { id product { title } } } }",
    { p: products(40) },
    1 + 40 * 5,
  ],
  ["products that are deleted", "mutation ($ids: [ID!]!) { deleteProducts(ids: $ids) { deletedIds } }", { ids: ids(7) }, 1 + 7],
])("counts %s", async (_name, query, variables, cost) => {
  expect(await errorsOf(strict, query, variables)).toEqual(refused(cost, 1));
});

test.each<[string, string, Record<string, unknown>]>([
  [
    "ingests 1,000 products",
    "mutation ($p: [ProductInput!]!) { ingestProducts(products: $p) { results { id status error { message } } } }",
    { p: products(1000) },
  ],
  ["reads 1,000 products", "query ($ids: [ID!]!) { products(ids: $ids) { id title imageUrl } }", { ids: ids(1000) }],
  ["deletes 1,000 products", "mutation ($ids: [ID!]!) { deleteProducts(ids: $ids) { deletedIds notFoundIds } }", { ids: ids(1000) }],
])("lets pass what %s", async (_name, query, variables) => {
  expect(await errorsOf(ordinary, query, variables)).toEqual([]);
});

test.each<[string, string, Record<string, unknown>, string]>([
  ["ids", "query ($ids: [ID!]!) { products(ids: $ids) { id } }", { ids: ids(1001) }, "1001 ids were given; at most 1000 are allowed."],
  ["ids", "mutation ($ids: [ID!]!) { deleteProducts(ids: $ids) { deletedIds } }", { ids: ids(1001) }, "1001 ids were given; at most 1000"],
  ["first", '{ suggest(prefix: "a", first: 51) { text } }', {}, "first is 51; 1 to 50 are allowed."],
  ["first", '{ suggest(prefix: "a", first: 0) { text } }', {}, "first is 0; 1 to 50 are allowed."],
  ["prefix", `{ suggest(prefix: "${"a".repeat(201)}") { text } }`, {}, "prefix has 201 characters; at most 200 are allowed."],
  ["first", '{ ingestJob(id: "a") { errors(first: 1001) { message } } }', {}, "first is 1001; 0 to 1000 are allowed."],
  ["first", '{ ingestJob(id: "a") { errors(first: -1) { message } } }', {}, "first is -1; 0 to 1000 are allowed."],
])("refuses more than a list or text may have: %s of %s", async (field, query, variables, message) => {
  expect(await errorsOf(ordinary, query, variables)).toEqual([
    { message: expect.stringContaining(message), extensions: { code: "BAD_USER_INPUT", field: [field] } },
  ]);
});

test("counts an operation anew when a switch lets more of it pass", async () => {
  const query = 'query ($more: Boolean!) { product(id: "a") { id title @include(if: $more) } }';
  for (const more of [false, true]) expect(await errorsOf(strict, query, { more })).toEqual(refused(more ? 3 : 2, 1));
});

test("counts the operation that is meant, whatever stands beside it", async () => {
  const dear = "searchProducts(first: 100) { nodes { similar(first: 100) { nodes { id } } } }";
  expect(await errorsOf(ordinary, `query A { __typename } query B { ${dear} }`, {}, "B")).toEqual(refused(21_110, 20_000));
  expect(await errorsOf(ordinary, `query A { __typename } query B { ${dear} }`, {}, "A")).toEqual([]);
  expect(await errorsOf(ordinary, `{ __typename ${dear} }`)).toEqual(refused(21_111, 20_000));
  expect(await errorsOf(ordinary, `query A { __typename } query B { ${dear} }`)).toEqual([
    { message: "Must provide operation name if query contains multiple operations.", extensions: { code: "OPERATION_RESOLUTION_FAILURE" } },
  ]);
});

test("counts an operation anew when its lists are longer", async () => {
  const query = "query ($ids: [ID!]!) { products(ids: $ids) { similar { nodes { id } } } }";
  expect(await errorsOf(ordinary, query, { ids: ids(100) })).toEqual([]);
  expect(await errorsOf(ordinary, query, { ids: ids(1000) })).toEqual(refused(30_001, 20_000));
});

test("counts an operation anew when its facets have more buckets", async () => {
  for (const first of [2, 500]) {
    expect(await errorsOf(strict, FACETED, { facets: [{ field: "BRAND", first }] })).toEqual(refused(12 + first, 1));
  }
  const facet = "query ($facet: FacetRequest!) { searchProducts(first: 1, facets: [$facet]) { nodes { id } } }";
  for (const first of [2, 500]) {
    expect(await errorsOf(strict, facet, { facet: { field: "BRAND", first } })).toEqual(refused(12 + first, 1));
  }
});

test("leaves a wrong or missing variable to the executor, which names it", async () => {
  const query = "query ($n: Int, $id: ID!) { searchProducts(first: $n) { nodes { id } } product(id: $id) { id } }";
  expect(await errorsOf(strict, query, { n: "x", id: "a" })).toEqual([
    { message: 'Variable "$n" got invalid value "x"; Int cannot represent non-integer value: "x"', extensions: { code: "BAD_USER_INPUT" } },
  ]);
  expect(await errorsOf(strict, query, {})).toEqual([
    { message: 'Variable "$id" of required type "ID!" was not provided.', extensions: { code: "BAD_USER_INPUT" } },
  ]);
});

test("counts an operation with a list where none is wanted, which a URL takes for its one item", async () => {
  const query = "query ($url: URL) { searchProducts(imageUrl: $url, first: 1) { nodes { id } } }";
  expect(await errorsOf(strict, query, { url: ["http://shop.example/a.jpg"] })).toEqual(refused(12, 1));
});

test("refuses a null that a variable puts where a value has to be, before anything runs", async () => {
  const query = "query ($by: SortKey) { searchProducts(sort: { by: $by }) { nodes { id } } }";
  expect(await errorsOf(ordinary, query, { by: null })).toEqual([
    { message: 'Argument "sort" has invalid value {by: $by}.', extensions: { code: "BAD_USER_INPUT" } },
  ]);
});

test.each([50, 100_000])("refuses variables that nest %i levels deep in one, before GraphQL goes down into them", async (levels) => {
  const nested = (count: number) => JSON.parse(`${'{"not":'.repeat(count)}{}${"}".repeat(count)}`);
  const query = "query ($filter: ProductFilter) { searchProducts(filter: $filter) { nodes { id } } }";
  expect(await errorsOf(ordinary, query, { filter: nested(levels) })).toEqual([
    { message: "The variables nest deeper than the 50 levels that are allowed.", extensions: { code: "QUERY_TOO_COMPLEX" } },
  ]);
  expect(await errorsOf(ordinary, query, { filter: nested(49) })).toEqual([]);
});

test("refuses a name in the variables that is longer than any there is, before GraphQL looks for one like it", async () => {
  const query = "query ($filter: ProductFilter) { searchProducts(filter: $filter) { nodes { id } } }";
  expect(await errorsOf(ordinary, query, { filter: { and: [{ ["x".repeat(1_001)]: 1 }] } })).toEqual([
    {
      message: "A name in the variables has 1001 characters; no name of the schema has so many.",
      extensions: { code: "BAD_USER_INPUT" },
    },
  ]);
  const [short] = await errorsOf(ordinary, query, { filter: { brand: ["a"] } });
  expect(short?.message).toContain('Did you mean "brands"');
});

test("looks for a value of an enum like a short one, and for none like one of many characters", async () => {
  const query = "query ($mode: SearchMode) { searchProducts(mode: $mode) { nodes { id } } }";
  const [short] = await errorsOf(ordinary, query, { mode: "SEMANTICS" });
  expect(short?.message).toContain('Did you mean the enum value "SEMANTIC"?');
  // GraphQL.js would take minutes and gigabytes to compare it.
  const [long] = await errorsOf(ordinary, query, { mode: "S".repeat(40_000_000) });
  expect(long).toMatchObject({ extensions: { code: "BAD_USER_INPUT" } });
});

test("tells the first mistakes of variables, and of a long value its beginning", async () => {
  const query = "query ($filter: ProductFilter) { searchProducts(filter: $filter) { nodes { id } } }";
  const wrong = Object.fromEntries(Array.from({ length: 60 }, (_, i) => [`x${i}`, 1]));
  const errors = await errorsOf(ordinary, query, { filter: { brands: ["y".repeat(10_000)], ...wrong } });
  expect(errors).toHaveLength(4);
  expect(errors[0]?.message).toMatch(/^Variable "\$filter" got invalid value { brands: \["y{1900,}…$/);
  expect(errors[0]?.message).toHaveLength(2_001);
});

test("refuses fragments that multiply", async () => {
  const many = (i: number) => Array.from({ length: 25 }, () => `...F${i}`).join(" ");
  const fragments = [1, 2, 3].map((i) => `fragment F${i - 1} on Query { ${many(i)} }`);
  expect(await errorsOf(ordinary, `{ ...F0 } ${fragments.join(" ")} fragment F3 on Query { catalog { productCount } }`)).toEqual([
    {
      message: "The operation has more than 10000 fields, those of a fragment counted wherever it is used. Ask for fewer.",
      extensions: { code: "QUERY_TOO_COMPLEX" },
    },
  ]);
});
