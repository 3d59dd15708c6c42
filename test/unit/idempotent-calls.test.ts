import { setTimeout as delay } from "node:timers/promises";
import { expect, onTestFinished, test, vi } from "vitest";
import type { ErrorCode } from "../../src/domain/errors.js";
import { createApollo } from "../../src/graphql/apollo.js";
import { createContext, type Services } from "../../src/graphql/context.js";
import { checkIdempotencyKey, IdempotentCalls } from "../../src/graphql/idempotent-calls.js";
import type { IngestResult } from "../../src/ingest/ingest-products.js";
import { createLog } from "../../src/log.js";

/** Calls that say how often they ran. */
function counted(answer: unknown) {
  const runs = { count: 0 };
  const call = async () => {
    runs.count++;
    return { run: runs.count, answer };
  };
  return { runs, call };
}

const products = async () => [{ id: "mug" }];

test("a call is run once, also by two who send it at a time", async () => {
  const calls = new IdempotentCalls();
  const { runs, call } = counted("a");
  const both = await Promise.all([calls.once("key", products, call), calls.once("key", products, call)]);
  expect(both).toEqual([
    { run: 1, answer: "a" },
    { run: 1, answer: "a" },
  ]);
  expect(await calls.once("key", products, call)).toEqual({ run: 1, answer: "a" });
  expect(runs.count).toBe(1);
});

test("a key of another request is refused", async () => {
  const calls = new IdempotentCalls();
  const { call } = counted("a");
  await calls.once("key", products, call);
  await expect(calls.once("key", async () => [{ id: "cup" }], call)).rejects.toThrow(
    "This idempotencyKey was used with other products: give each distinct call its own key.",
  );
});

test("a call that fails can be tried again", async () => {
  const calls = new IdempotentCalls();
  const { call } = counted("a");
  await expect(calls.once("key", products, () => Promise.reject(new Error("down")))).rejects.toThrow("down");
  expect(await calls.once("key", products, call)).toEqual({ run: 1, answer: "a" });
});

test("an answer that is not final is given to those who wait for it, and then forgotten", async () => {
  const calls = new IdempotentCalls();
  const { runs, call } = counted("try again");
  const ask = () => calls.once("key", products, call, ({ run }) => run > 1);
  expect(await Promise.all([ask(), ask()])).toMatchObject([{ run: 1 }, { run: 1 }]);
  expect(await ask()).toMatchObject({ run: 2 });
  expect(await ask()).toMatchObject({ run: 2 });
  expect(runs.count).toBe(2);
});

test.each<[ErrorCode, boolean]>([
  ["INDEX_UNAVAILABLE", true],
  ["TIMEOUT", true],
  ["NOT_AN_IMAGE", false],
])("an ingest that failed by %s is tried again: %j", async (code, expected) => {
  const error = { index: 0, id: "a", field: null, code, message: "Try again." };
  const failed: IngestResult = { id: "a", status: "FAILED", product: null, error };
  const answers = [failed, { ...failed, status: "CREATED", error: null }];
  const services = { ingest: { ingest: async () => [answers.shift()] }, idempotent: new IdempotentCalls() } as unknown as Services;
  const limits = { maxQueryCost: 1_000, maxQueryDepth: 16, maxQueryAliases: 100 };
  const apollo = createApollo({ log: createLog("silent"), limits, subgraph: false, readCounters: null, onError: null });
  const access = { key: "none", mayRead: true, mayWrite: true } as const;
  const query = 'mutation { ingestProducts(products: [{ id: "a" }], idempotencyKey: "key") { failedCount } }';
  const call = async () => {
    const contextValue = createContext(services, { requestId: "1", access, signal: new AbortController().signal, errorCodes: [] }, null);
    const { body } = await apollo.executeOperation({ query }, { contextValue });
    return body.kind === "single" ? body.singleResult.data : null;
  };
  expect(await call()).toEqual({ ingestProducts: { failedCount: 1 } });
  expect(await call()).toEqual({ ingestProducts: { failedCount: expected ? 0 : 1 } });
  await apollo.stop();
});

test("who waits for a call that fails runs it for itself, as its first client may have gone", async () => {
  const calls = new IdempotentCalls();
  const { runs, call } = counted("a");
  const first = calls.once("key", products, () => Promise.reject(new Error("the client has gone")));
  const others = [calls.once("key", products, call), calls.once("key", products, call)];
  await expect(first).rejects.toThrow("the client has gone");
  expect(await Promise.all(others)).toEqual([
    { run: 1, answer: "a" },
    { run: 1, answer: "a" },
  ]);
  expect(runs.count).toBe(1);
});

test("a key may be as long as is told, and no longer", () => {
  expect(() => checkIdempotencyKey("x".repeat(512))).not.toThrow();
  expect(() => checkIdempotencyKey("x".repeat(513))).toThrow("1 to 512 characters");
});

test("an answer is kept for a day", async () => {
  const now = vi.spyOn(performance, "now");
  onTestFinished(() => now.mockRestore());
  const calls = new IdempotentCalls();
  const { call } = counted("a");
  const askAt = async (hour: number) => {
    now.mockReturnValue(hour * 3_600_000);
    // The cache looks at the clock once a millisecond.
    await delay(10);
    return (await calls.once("key", products, call)).run;
  };
  expect([await askAt(1), await askAt(24), await askAt(26)]).toEqual([1, 1, 2]);
});

test("what is kept is bounded, and the answer that was asked for longest ago goes first", async () => {
  const calls = new IdempotentCalls();
  const { runs, call } = counted("x".repeat(20_000_000));
  for (const key of ["a", "b", "c"]) await calls.once(key, products, call);
  await calls.once("a", products, call);
  expect(runs.count).toBe(3);
  await calls.once("d", products, call);
  expect(runs.count).toBe(4);
  await calls.once("a", products, call);
  expect(runs.count).toBe(4);
  await calls.once("b", products, call);
  expect(runs.count).toBe(5);
});
