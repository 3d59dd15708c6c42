import { type GraphQLEnumType, type GraphQLSchema, validateSchema } from "graphql";
import { expect, test } from "vitest";
import { getSchema, getSubgraphSchema } from "../../src/graphql/schema.js";

test("stays as it is however often it is asked for, as each subscription does", () => {
  const parse = () => (getSchema().getType("SearchMode") as GraphQLEnumType).parseValue;
  expect(parse()).toBe(parse());
  expect(parse()("LEXICAL")).toBe("LEXICAL");
});

test("has what routers ask for in the subgraph's schema alone, and all else is the same there", () => {
  const fieldsOf = (schema: GraphQLSchema) => Object.keys(schema.getQueryType()?.getFields() ?? {});
  expect(fieldsOf(getSchema()).filter((name) => name.startsWith("_"))).toEqual([]);
  expect(fieldsOf(getSubgraphSchema())).toEqual([...fieldsOf(getSchema()), "_service", "_entities"]);
  expect(getSubgraphSchema().getType("Mutation")).toBe(getSchema().getType("Mutation"));
  expect(validateSchema(getSubgraphSchema())).toEqual([]);
});
