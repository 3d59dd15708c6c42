import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type ImportJob, JobChanged, NOTHING, type RowFailure } from "../../src/domain/jobs.js";
import { OpenSearchJobStore } from "../../src/indexes/opensearch/job-store.js";
import { testOptions } from "../external/opensearch/open-test-index.js";
import { type FakeAnswer, type FakeOpenSearch, type FakeRequest, startFakeOpenSearch } from "../support/fake-opensearch.js";

const JOB: ImportJob = {
  id: "j",
  state: "QUEUED",
  source: { kind: "upload", name: "a.csv", digest: "d" },
  reading: { format: "CSV", currency: null, locale: null },
  request: "r",
  total: null,
  tally: NOTHING,
  failure: null,
  cancelRequested: false,
  starts: 0,
  lease: null,
  startedAt: new Date(0),
  finishedAt: null,
};
const FAILURE = { row: 0, line: 1, id: null, code: "BAD_USER_INPUT", field: null, message: "m" } as const;
const LEASE = { owner: "o", untilMs: 1 };
const FOUND = { body: { found: true, _id: "j", _seq_no: 3, _primary_term: 1, _source: { job: JOB } } };
const canRun = async () => true;

async function failuresOf(id: string): Promise<RowFailure[]> {
  const all: RowFailure[] = [];
  for await (const each of store.failures(id)) all.push(each);
  return all;
}

let node: FakeOpenSearch;
let store: OpenSearchJobStore;
let answer: (request: FakeRequest) => FakeAnswer;
beforeEach(async () => {
  answer = () => ({ body: {} });
  node = await startFakeOpenSearch((request) => answer(request));
  store = await OpenSearchJobStore.open(testOptions(node.url));
});
afterEach(async () => {
  await store.close();
  await node.close();
});

describe("imports in an OpenSearch that is away", () => {
  const shortly = { searchTimeoutMs: 500, writeTimeoutMs: 500 };
  beforeEach(async () => {
    await store.close();
    store = await OpenSearchJobStore.open(testOptions(node.url, shortly));
  });

  const requests: [string, () => Promise<unknown>][] = [
    ["create", () => store.create(JOB)],
    ["get", () => store.get("j")],
    ["claim", () => store.claim(LEASE, canRun)],
    ["save", () => store.save({ job: JOB, version: "3:1" })],
    ["save with failures", () => store.save({ job: JOB, version: "3:1" }, [FAILURE])],
    ["failures", () => failuresOf("j")],
    ["prune", () => store.prune(new Date())],
  ];

  it.each(requests)("are an error that says so: %s", async (_, request) => {
    answer = () => ({ status: 503, body: {} });
    await expect(request()).rejects.toMatchObject({
      code: "INDEX_UNAVAILABLE",
      message: "The imports in OpenSearch could not be read or kept: try again, and see the server's log.",
    });
  });

  it.each(requests)("are an error where a proxy answers in its place: %s", async (_, request) => {
    answer = () => ({ page: "<html>We are back soon.</html>" });
    await expect(request()).rejects.toMatchObject({
      code: "INDEX_UNAVAILABLE",
      message: "The imports in OpenSearch could not be read or kept: try again, and see the server's log.",
    });
  });

  it("are not taken for gone where a proxy knows no such path", async () => {
    answer = () => ({ status: 404, page: "default backend - 404" });
    await expect(store.get("j")).rejects.toMatchObject({ code: "INDEX_UNAVAILABLE" });
  });

  it.each([
    ["cluster_block_exception", "index [j] blocked by: [FORBIDDEN/5/index read-only (api)]"],
    ["index_create_block_exception", "blocked by: [FORBIDDEN/10/cluster create-index blocked (api)]"],
  ])("are an error that names the block where writes are blocked: %s", async (type, reason) => {
    answer = () => ({ status: 403, body: { error: { type, reason: `${reason};` } } });
    await expect(store.create(JOB)).rejects.toMatchObject({
      code: "INDEX_UNAVAILABLE",
      message: `The imports in OpenSearch could not be read or kept: OpenSearch is blocked (${reason}): free its disk, or lift the block, and see the server's log.`,
    });
  });

  it("are not opened", async () => {
    answer = () => ({ status: 503, body: {} });
    await expect(OpenSearchJobStore.open(testOptions(node.url, shortly))).rejects.toMatchObject({ code: "INDEX_UNAVAILABLE" });
  });
});

describe("imports in an OpenSearch that is there", () => {
  it("are an error with its own cure where the user may not read them", async () => {
    answer = () => ({ status: 403, body: {} });
    await expect(store.get("j")).rejects.toMatchObject({ message: expect.stringContaining("check LIKENESS_OPENSEARCH_AUTH") });
  });

  it("are none where there is none, and changed where another was quicker", async () => {
    answer = () => ({ status: 404, body: { found: false } });
    expect(await store.get("j")).toBeNull();
    answer = () => ({ status: 409, body: { error: { type: "version_conflict_engine_exception" } } });
    await expect(store.save({ job: JOB, version: "3:1" })).rejects.toBeInstanceOf(JobChanged);
  });

  it("are read in spite of a refresh that fails in passing", async () => {
    let failures = 1;
    answer = ({ path }) => {
      if (path.endsWith("/_refresh") && failures-- > 0) return { status: 503, body: {} };
      return path.includes("/_doc/") ? FOUND : { body: { hits: { hits: [] } } };
    };
    expect(await store.claim(LEASE, canRun)).toBeNull();
    failures = 1;
    expect(await failuresOf("j")).toEqual([]);
  });
});
