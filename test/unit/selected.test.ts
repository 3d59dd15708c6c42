import { expect, test } from "vitest";
import { createApollo } from "../../src/graphql/apollo.js";
import { type Caller, createContext, type Services } from "../../src/graphql/context.js";
import { createLog } from "../../src/log.js";
import type { SearchRequest } from "../../src/search/search-request.js";

const caller: Caller = {
  requestId: "req-1",
  access: { key: "none", mayRead: true, mayWrite: true },
  signal: new AbortController().signal,
  errorCodes: [],
};

/** Whether each read of products by a query wants their embeddings. */
async function readsOf(query: string): Promise<boolean[]> {
  const reads: boolean[] = [];
  const get = async (ids: readonly string[], withEmbeddings = true) => {
    reads.push(withEmbeddings);
    return ids.map(() => null);
  };
  const search = async (requests: readonly SearchRequest[]) => {
    reads.push(...requests.map(({ withEmbeddings }) => withEmbeddings));
    return requests.map(() => ({ hits: [], facets: [], degradedReasons: [], modeUsed: "AUTO", tookMs: 0 }));
  };
  const suggestions = { suggest: () => [{ text: "A", kind: "PRODUCT", productId: "a" }] };
  const limits = { maxQueryCost: 20_000, maxQueryDepth: 16, maxQueryAliases: 100 };
  const apollo = createApollo({ log: createLog("silent"), limits, subgraph: true, readCounters: null, onError: null });
  const contextValue = createContext({ index: { get }, search: { search }, suggestions } as unknown as Services, caller, null);
  const { body } = await apollo.executeOperation({ query }, { contextValue });
  await apollo.stop();
  expect(body).toMatchObject({ singleResult: { errors: undefined } });
  return reads;
}

test.each([
  ["product", (fields: string) => `{ product(id: "a") { ${fields} } }`],
  ["products", (fields: string) => `{ products(ids: ["a", "b"]) { ${fields} } }`],
  ["searchProducts in nodes", (fields: string) => `{ searchProducts { nodes { ${fields} } } }`],
  ["searchProducts in edges", (fields: string) => `{ searchProducts { edges { node { ${fields} } } } }`],
  ["suggest", (fields: string) => `{ suggest(prefix: "a") { product { ${fields} } } }`],
  [
    "_entities",
    (fields: string) => `{ _entities(representations: [{ __typename: "Product", id: "a" }]) { ... on Product { ${fields} } } }`,
  ],
])("embeddings are read by %s only where others like its products are asked for", async (_, queryOf) => {
  expect(await readsOf(queryOf("title"))).toEqual([false]);
  expect(await readsOf(queryOf("title similar { nodes { id } }"))).toEqual([true]);
});
