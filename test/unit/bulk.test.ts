import { type Client, errors } from "@opensearch-project/opensearch";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type BulkItem, BulkWriter } from "../../src/indexes/opensearch/bulk.js";

type Bulk = (request: { body: readonly string[] }) => Promise<unknown>;

function writer(bulk: Bulk, limitMs: number): BulkWriter {
  return new BulkWriter({ bulk } as unknown as Client, { limitMs });
}

const product = (id: string, document: object = {}): BulkItem => ({ id, action: "index", document });
const CREATED = { index: { status: 201, result: "created" } };
const REASON = { type: "cluster_block_exception", reason: "blocked by: [FORBIDDEN/8/index write (api)]" };
const BLOCKED = { index: { status: 403, error: REASON } };

/** How the write of one product ends when the server answers like this. */
async function write(answer: () => Promise<never>, document: object = {}) {
  const [outcome] = await writer(answer, 200).write("products", [product("a", document)]);
  return outcome;
}

describe("a write that fails", () => {
  it("says that the server did not answer, where it did not within the time limit", async () => {
    expect(await write(() => new Promise(() => {}))).toMatchObject({
      code: "INDEX_UNAVAILABLE",
      message: "The product could not be written: the server did not answer. Try again.",
      cause: { name: "GaveUp" },
    });
  });

  it("says the same where every try failed in passing until then", async () => {
    const answer = () => Promise.reject(new errors.ConnectionError("refused"));
    expect(await write(answer)).toMatchObject({ message: "The product could not be written: the server did not answer. Try again." });
  });

  it("says that the server refused it, where it did", async () => {
    const answer = () => Promise.reject(new Error("no permission"));
    expect(await write(answer)).toMatchObject({
      code: "INDEX_UNAVAILABLE",
      message: "The product could not be written: the server refused the request. Try again.",
    });
  });

  const answered =
    (statusCode: number, body: unknown = "") =>
    () =>
      Promise.reject(new errors.ResponseError({ statusCode, body, headers: {}, warnings: null } as never));

  it.each([401, 403])("says that the server denied it, and what to check: %d", async (statusCode) => {
    expect(await write(answered(statusCode))).toMatchObject({
      code: "INDEX_UNAVAILABLE",
      message:
        `The product could not be written: OpenSearch answered ${statusCode}: check LIKENESS_OPENSEARCH_AUTH and what the user or ` +
        "role may do.",
    });
  });

  it("is tried again while all writes are blocked, and says so in the end", async () => {
    const blocked = vi.fn(answered(403, { error: REASON }));
    expect(await write(blocked)).toMatchObject({
      code: "INDEX_UNAVAILABLE",
      message: `The product could not be written: OpenSearch is blocked (${REASON.reason}): free its disk, or lift the block.`,
    });
    expect(blocked.mock.calls.length).toBeGreaterThan(1);
  });

  const tooLarge = answered(413);

  it("says that a request is too large for what takes it, and tries no other as large", async () => {
    const bulk = vi.fn(tooLarge);
    expect(await write(bulk)).toMatchObject({
      code: "INDEX_UNAVAILABLE",
      message:
        "The product could not be written: a request of 25 bytes is too large for the server: let the server " +
        "(http.max_content_length), and what stands before it, take requests of 8388608 bytes.",
    });
    expect(bulk).toHaveBeenCalledTimes(1);
    expect(await write(tooLarge, { text: "x".repeat(9_000_000) })).toMatchObject({
      message: "The product could not be written: a request of 9000034 bytes is too large for the server: shorten the product.",
    });
  });
});

describe("a product that the server refuses", () => {
  const refused = (type: string) => async () =>
    ({ body: { items: [{ index: { status: 400, error: { type, reason: "closed" } } }] } }) as never;

  it("is its caller's mistake, but not where an operator has closed the index", async () => {
    expect(await write(refused("mapper_parsing_exception"))).toMatchObject({ code: "BAD_USER_INPUT" });
    expect(await write(refused("index_closed_exception"))).toMatchObject({
      code: "INDEX_UNAVAILABLE",
      message: 'The index refused product "a" (index_closed_exception: closed).',
    });
  });
});

describe("a write to an index that is blocked, as the end of a reindex does", () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  /** The outcomes of writes of one product each that have ended after a time. */
  async function outcomesAfter(ms: number, bulk: Bulk, writes = 1): Promise<unknown[]> {
    const own = writer(bulk, 90_000);
    const outcomes: unknown[] = [];
    for (let i = 0; i < writes; i++) void own.write("products", [product(`p${i}`)]).then((each) => outcomes.push(...each));
    await vi.advanceTimersByTimeAsync(ms);
    return outcomes;
  }

  const blocked: Bulk = async () => ({ body: { items: [BLOCKED] } });

  it("waits for the block to end, as long as its time limit allows", async () => {
    const endMs = Date.now() + 85_000;
    const bulk: Bulk = async () => ({ body: { items: [Date.now() < endMs ? BLOCKED : CREATED] } });
    expect(await outcomesAfter(89_000, bulk)).toEqual(["created"]);
  });

  it("ends with its time limit, by what the server said last, and is not tried again", async () => {
    const bulk = vi.fn(blocked);
    expect(await outcomesAfter(90_000, bulk)).toMatchObject([
      {
        code: "INDEX_UNAVAILABLE",
        message: `The index could not take product "p0" now (cluster_block_exception: ${REASON.reason}). Try again.`,
      },
    ]);
    const tries = bulk.mock.calls.length;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(bulk).toHaveBeenCalledTimes(tries);
  });

  it("ends with its time limit behind others that wait too, answered or not", async () => {
    expect(await outcomesAfter(90_000, blocked, 20)).toHaveLength(20);
    const silent = vi.fn(() => new Promise<never>(() => {}));
    expect(await outcomesAfter(90_000, silent, 20)).toHaveLength(20);
    // Of the others nothing was sent: they were told to be given up.
    expect(silent).toHaveBeenCalledTimes(4);
  });
});

describe("the requests of a write", () => {
  const MiB = 1024 * 1024;

  /** The bytes of each request, as it is sent: every line with a line feed. */
  async function sizes(items: readonly BulkItem[]): Promise<number[]> {
    const sent: number[] = [];
    const bulk: Bulk = async ({ body }) => {
      sent.push(body.reduce((sum, line) => sum + Buffer.byteLength(`${line}\n`), 0));
      return { body: { items: body.filter((_, i) => i % 2 === 0).map(() => CREATED) } };
    };
    expect(new Set(await writer(bulk, 5_000).write("products", items))).toEqual(new Set(["created"]));
    return sent;
  }

  it.each([
    ["English", "a bottle of steel "],
    ["Russian", "стальная бутылка "],
    ["Japanese", "真空断熱ステンレスボトル"],
    ["emoji", "👟🧦"],
  ])("are within 8 MiB in %s, and hardly smaller than they may be", async (_, text) => {
    const document = { description: text.repeat(Math.ceil(40_000 / text.length)) };
    const sent = await sizes(Array.from({ length: 600 }, (_, i) => product(`p${i}`, document)));
    for (const bytes of sent) expect(bytes).toBeLessThanOrEqual(8 * MiB);
    for (const bytes of sent.slice(0, -1)) expect(bytes).toBeGreaterThan(7.8 * MiB);
  });

  it("hold 500 products at most, and one that is larger than 8 MiB alone", async () => {
    expect(await sizes(Array.from({ length: 501 }, () => product("p")))).toEqual([12_500, 25]);
    const large = product("l", { text: "x".repeat(9 * MiB) });
    expect(await sizes([product("a"), large, product("b")])).toEqual([25, 9 * MiB + 34, 25]);
  });
});
