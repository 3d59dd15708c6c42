import { expect, test } from "vitest";
import { LikenessError } from "../../src/domain/errors.js";
import { checkDocument, checkJson } from "../../src/graphql/request-size.js";
import { catalogVariables, documentOf, type GraphQLRequest } from "../../src/graphql/variables.js";

const tooComplex = (message: string) => new LikenessError("QUERY_TOO_COMPLEX", message);

test("refuses a document of too many characters or lines, whatever ends a line", () => {
  const allowed = "at most 1000000 characters in 10000 lines are allowed. Send texts, pictures and embeddings as variables.";
  checkDocument({ query: `{ a }${" ".repeat(999_995)}` });
  expect(() => checkDocument({ query: `{ a }${" ".repeat(999_996)}` })).toThrow(
    tooComplex(`The operation has 1000001 characters; ${allowed}`),
  );
  for (const end of ["\n", "\r", "\r\n"]) {
    checkDocument({ query: `{ a }${end.repeat(9_999)}` });
    expect(() => checkDocument({ query: `{ a }${end.repeat(10_000)}` })).toThrow(
      tooComplex(`The operation has more than 10000 lines; ${allowed}`),
    );
  }
});

test.each([null, undefined, "text", {}, { query: null }, { query: 1 }])("leaves %j, which has no document, to GraphQL", (request) => {
  expect(() => checkDocument(request)).not.toThrow();
});

test("takes a thousand products with embeddings of 4,096 numbers, and no more JSON than that by half a million", () => {
  const products = (each: number) =>
    Buffer.from(JSON.stringify({ products: Array(1000).fill({ id: "p", embedding: Array(each).fill(0.1) }) }));
  checkJson(products(4_096));
  const allowed =
    "than the 5000000 values that are allowed, each value counted as one, and each list or object as ten. Send it in several requests.";
  expect(() => checkJson(products(5_000))).toThrow(tooComplex(`The JSON holds more ${allowed}`));
});

test("looks for catalogues in no document that is longer than is allowed", () => {
  const request = (fields: number) => ({
    query: `mutation ($file: Upload) { importCatalog(file: $file) { id } ${"a ".repeat(fields)} }`,
    variables: { file: "a file" },
  });
  const catalogsOf = (request: GraphQLRequest) => catalogVariables(documentOf(request), request);
  expect(catalogsOf(request(4_000))).toEqual(["a file"]);
  expect(catalogsOf(request(6_000))).toEqual([]);
});
