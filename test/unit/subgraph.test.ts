import { expect, test } from "vitest";
import { createApollo } from "../../src/graphql/apollo.js";
import { type Caller, createContext, type Services } from "../../src/graphql/context.js";
import { createLog } from "../../src/log.js";

const caller: Caller = {
  requestId: "req-1",
  access: { key: "none", mayRead: true, mayWrite: true },
  signal: new AbortController().signal,
  errorCodes: [],
};

/** The answer to a router that asks for products by these ids, of an index that has none. */
async function answerTo(ids: readonly string[], get: (ids: readonly string[]) => Promise<null[]>) {
  const limits = { maxQueryCost: 20_000, maxQueryDepth: 16, maxQueryAliases: 100 };
  const apollo = createApollo({ log: createLog("silent"), limits, subgraph: true, readCounters: null, onError: null });
  const query = "query ($r: [_Any!]!) { _entities(representations: $r) { ... on Product { title } } }";
  const variables = { r: ids.map((id) => ({ __typename: "Product", id })) };
  const contextValue = createContext({ index: { get } } as unknown as Services, caller, null);
  const { body } = await apollo.executeOperation({ query, variables }, { contextValue });
  await apollo.stop();
  return body.kind === "single" ? body.singleResult : null;
}

test("a router's products are read from the index at once, each one time", async () => {
  const calls: (readonly string[])[] = [];
  const answer = await answerTo(["a", "b", "a", "c"], async (ids) => {
    calls.push(ids);
    return ids.map(() => null);
  });
  expect(answer?.data).toEqual({ _entities: [null, null, null, null] });
  expect(calls).toEqual([["a", "b", "c"]]);
});

test("a bug while they are read is masked", async () => {
  const answer = await answerTo(["a"], async () => await Promise.reject(new Error("the password is secret")));
  expect(answer).toMatchObject({
    data: null,
    errors: [{ message: "Internal server error; the log has its cause.", extensions: { code: "INTERNAL_SERVER_ERROR" } }],
  });
});
