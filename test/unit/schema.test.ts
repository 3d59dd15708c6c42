import type { GraphQLEnumType } from "graphql";
import { expect, test } from "vitest";
import { getSchema } from "../../src/graphql/schema.js";

test("stays as it is however often it is asked for, as each subscription does", () => {
  const parse = () => (getSchema().getType("SearchMode") as GraphQLEnumType).parseValue;
  expect(parse()).toBe(parse());
  expect(parse()("LEXICAL")).toBe("LEXICAL");
});
