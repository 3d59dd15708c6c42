import { expect, test } from "vitest";
import { createApollo } from "../../src/graphql/apollo.js";
import { type Caller, createContext, type Services } from "../../src/graphql/context.js";
import { createLog } from "../../src/log.js";
import { openShop, shopProduct } from "../support/shop.js";

const caller: Caller = {
  requestId: "req-1",
  access: { key: "none", mayRead: true, mayWrite: true },
  signal: new AbortController().signal,
  errorCodes: [],
};
/** As an index has it that was made elsewhere: some of its documents lack the embedding. */
const BARE = { ...shopProduct("bare"), imageEmbedding: null, textEmbedding: null };
const SHOP = openShop([shopProduct("a"), shopProduct("b"), shopProduct("c"), BARE]);

async function answerTo(query: string) {
  const { index, search } = await SHOP;
  const limits = { maxQueryCost: 20_000, maxQueryDepth: 16, maxQueryAliases: 100 };
  const apollo = createApollo({ log: createLog("silent"), limits, subgraph: false, readCounters: null, onError: null });
  const { body } = await apollo.executeOperation(
    { query },
    { contextValue: createContext({ index, search } as unknown as Services, caller, null) },
  );
  await apollo.stop();
  return body.kind === "single" ? JSON.parse(JSON.stringify(body.singleResult)) : null;
}

test("a product without embeddings has nothing like it, and takes no other product of the answer with it", async () => {
  const { data, errors } = await answerTo("{ searchProducts { nodes { id similar { totalCount nodes { id } } } } }");
  expect(errors).toBeUndefined();
  const counts = data.searchProducts.nodes.map(({ id, similar }: { id: string; similar: { totalCount: number } }) => [
    id,
    similar.totalCount,
  ]);
  expect(counts).toEqual([
    ["a", 2],
    ["b", 2],
    ["bare", 0],
    ["c", 2],
  ]);
});

test("what is like the products of an answer is found without reading these again", async () => {
  const { index } = await SHOP;
  const get = index.get.bind(index);
  let reads = 0;
  index.get = async (...asked) => {
    reads++;
    return await get(...asked);
  };
  const { data } = await answerTo("{ searchProducts { nodes { similar { totalCount nodes { id } } } } }");
  expect(data.searchProducts.nodes[0].similar.totalCount).toBe(2);
  expect(reads).toBe(0);
});

test("what is like a product goes on in a search for the same", async () => {
  const { data } = await answerTo('{ product(id: "a") { similar(first: 1) { nodes { id } pageInfo { endCursor } } } }');
  const { nodes, pageInfo } = data.product.similar;
  const next = await answerTo(`{ searchProducts(similarTo: "a", first: 1, after: "${pageInfo.endCursor}") { nodes { id } } }`);
  expect([...nodes, ...next.data.searchProducts.nodes].map(({ id }) => id).sort()).toEqual(["b", "c"]);
});
