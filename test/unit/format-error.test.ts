import { fastify } from "fastify";
import { pino } from "pino";
import { expect, test } from "vitest";
import { LikenessError } from "../../src/domain/errors.js";
import { createApollo } from "../../src/graphql/apollo.js";
import type { Context } from "../../src/graphql/context.js";
import { errorAnswerer } from "../../src/http/answer-error.js";

const LIMITS = { maxQueryCost: 1_000, maxQueryDepth: 10, maxQueryAliases: 10 };

type Request = Parameters<ReturnType<typeof createApollo>["executeOperation"]>[0];

/** The answer to a query of a product whose reading fails, and what was logged. */
async function failWith(error: Error) {
  return await answerTo({ query: '{ product(id: "a") { id } }' }, async () => await Promise.reject(error));
}

async function answerTo(request: Request, load: () => Promise<null> = async () => null) {
  const logged: { msg: string; requestId?: string; err?: { message: string } }[] = [];
  const log = pino({ level: "error" }, { write: (line: string) => void logged.push(JSON.parse(line)) });
  const apollo = createApollo({ log, limits: LIMITS, subgraph: false, readCounters: null, onError: null });
  const access = { key: "none", mayRead: true, mayWrite: true };
  const { signal } = new AbortController();
  const contextValue = { requestId: "req-7", access, signal, errorCodes: [], products: { load } } as unknown as Context;
  const { body } = await apollo.executeOperation(request, { contextValue });
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

test("what keeps imports from disk or bucket is told as it is, and logged with its cause, which nothing else tells", async () => {
  const cause = new Error("ENOSPC: no space left on device");
  const { errors, logged } = await failWith(new LikenessError("IMPORTS_UNAVAILABLE", "The bucket could not be used.", { cause }));
  expect(errors).toMatchObject([{ message: "The bucket could not be used.", extensions: { code: "IMPORTS_UNAVAILABLE" } }]);
  expect(logged).toMatchObject([{ requestId: "req-7", err: { message: expect.stringContaining("no space left") } }]);
});

test("an error of ours that quotes a long value is told by its beginning", async () => {
  const { errors } = await failWith(new LikenessError("NOT_FOUND", `There is no product "${"y".repeat(10_000)}".`));
  expect(errors).toMatchObject([{ message: `There is no product "${"y".repeat(1_979)}…`, extensions: { code: "NOT_FOUND" } }]);
});

test("outside GraphQL, too, a bug is masked and logged, and an error of ours is told with its field", async () => {
  const logged: unknown[] = [];
  const log = pino({}, { write: (line: string) => void logged.push(JSON.parse(line)) });
  const app = fastify({ genReqId: () => "req-7" });
  app.setErrorHandler(errorAnswerer(log, null));
  app.get("/bug", async () => await Promise.reject(new Error("the password is secret")));
  app.get("/ours", async () => await Promise.reject(new LikenessError("NOT_FOUND", "There is none.", { field: ["id"] })));
  const answerOf = async (path: string) => {
    const answer = await app.inject(path);
    return [answer.statusCode, answer.json()];
  };
  const extensions = { code: "INTERNAL_SERVER_ERROR" };
  expect(await answerOf("/bug")).toEqual([500, { errors: [{ message: "Internal server error; the log has its cause.", extensions }] }]);
  expect(logged).toMatchObject([{ requestId: "req-7", err: { message: "the password is secret" } }]);
  const ours = { message: "There is none.", extensions: { code: "NOT_FOUND", field: ["id"] } };
  expect(await answerOf("/ours")).toEqual([404, { errors: [ours] }]);
  expect(logged).toHaveLength(1);
});

const QUERY = "query ($ids: [ID!]!) { products(ids: $ids) { id } }";
const persisted = (version: number) => ({ persistedQuery: { version, sha256Hash: "of another query" } });

test.each<[string, Request, string]>([
  ["a hash that is not the query's", { query: QUERY, extensions: persisted(1) }, "provided sha does not match query"],
  ["an unknown kind of persisted queries", { query: QUERY, extensions: persisted(2) }, "Unsupported persisted query version"],
  [
    "more wrong variables than are told",
    { query: QUERY, variables: { ids: Array.from({ length: 60 }, () => ({})) } },
    "Too many errors processing variables, error limit reached. Execution aborted.",
  ],
])("%s is the caller's mistake, and no bug to log", async (_name, request, message) => {
  const { errors, logged } = await answerTo(request);
  expect(errors?.at(-1)).toMatchObject({ message, extensions: { code: "BAD_USER_INPUT" } });
  expect(logged).toEqual([]);
});
