import { pino } from "pino";
import { expect, test } from "vitest";
import { LikenessError } from "../../src/domain/errors.js";
import { createApollo } from "../../src/graphql/apollo.js";
import type { Context } from "../../src/graphql/context.js";

const LIMITS = { maxQueryCost: 1_000, maxQueryDepth: 10, maxQueryAliases: 10 };

/** The answer to a query of a product whose reading fails, and what was logged. */
async function failWith(error: Error) {
  const logged: { msg: string; requestId?: string; err?: { message: string } }[] = [];
  const log = pino({ level: "error" }, { write: (line: string) => void logged.push(JSON.parse(line)) });
  const apollo = createApollo({ log, limits: LIMITS, readCounters: null });
  const products = { load: async () => await Promise.reject(error) };
  const contextValue = { requestId: "req-7", products } as unknown as Context;
  const { body } = await apollo.executeOperation({ query: '{ product(id: "a") { id } }' }, { contextValue });
  await apollo.stop();
  return { errors: body.kind === "single" ? body.singleResult.errors : [], logged };
}

test("a bug is masked for the client, and logged whole with the id of its request", async () => {
  const { errors, logged } = await failWith(new Error("the password is secret"));
  expect(errors).toMatchObject([
    { message: "Internal server error; the log has its cause.", path: ["product"], extensions: { code: "INTERNAL_SERVER_ERROR" } },
  ]);
  expect(logged).toMatchObject([{ requestId: "req-7", err: { message: "the password is secret" } }]);
});

test("an error of ours is told as it is, and is no bug to log", async () => {
  const { errors, logged } = await failWith(new LikenessError("INDEX_UNAVAILABLE", "The index does not answer.", { field: ["id"] }));
  expect(errors).toMatchObject([{ message: "The index does not answer.", extensions: { code: "INDEX_UNAVAILABLE", field: ["id"] } }]);
  expect(logged).toEqual([]);
});
