import { buildSchema, type GraphQLResolveInfo, graphql } from "graphql";
import { expect, it } from "vitest";
import { isGiven } from "../../src/graphql/given.js";

const schema = buildSchema("type Query { page(first: Int = 20, last: Int): Boolean }");
const rootValue = { page: (_args: unknown, _context: unknown, info: GraphQLResolveInfo) => isGiven(info, "first") };

it.each<[string, Record<string, unknown>, boolean]>([
  ["{ page(first: 3) }", {}, true],
  ["{ page(first: 20) }", {}, true],
  ["{ page }", {}, false],
  ["{ page(first: null) }", {}, false],
  ["query ($first: Int) { page(first: $first) }", { first: 3 }, true],
  ["query ($first: Int) { page(first: $first) }", { first: null }, false],
  ["query ($first: Int) { page(first: $first) }", {}, false],
  ["query ($first: Int = 10) { page(first: $first) }", { first: 3 }, true],
  ["query ($first: Int = 10) { page(first: $first) }", {}, false],
])("%s with %j", async (source, variableValues, given) => {
  expect(await graphql({ schema, source, rootValue, variableValues })).toMatchObject({ data: { page: given } });
});
