import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { afterEach, beforeEach, expect, test } from "vitest";
import { LikenessError } from "../../src/domain/errors.js";
import { type ImportJob, type JobStore, NOTHING, type StoredJob } from "../../src/domain/jobs.js";
import type { Downloads } from "../../src/domain/ports.js";
import { MemoryIndex } from "../../src/indexes/memory/memory-index.js";
import { IngestProducts } from "../../src/ingest/ingest-products.js";
import { DiskJobStore } from "../../src/jobs/disk-job-store.js";
import { JobRunner } from "../../src/jobs/job-runner.js";
import { openJobs } from "../../src/jobs/open-jobs.js";
import { patientIngest } from "../../src/jobs/patient-ingest.js";
import { createPictures } from "../../src/pictures/pictures.js";
import { WordEncoder } from "../support/word-encoder.js";

const log = pino({ level: "silent" });
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "likeness-import-jobs-"));
});
afterEach(async () => await rm(folder, { recursive: true, force: true }));

function job(over: Partial<ImportJob> = {}): ImportJob {
  const source = { kind: "upload", name: "shop.ndjson", digest: "d".repeat(64) } as const;
  const reading = { format: "AUTO", currency: null, locale: null } as const;
  const none = { total: null, tally: NOTHING, failure: null, cancelRequested: false, starts: 0, lease: null, finishedAt: null };
  return { id: "one", state: "QUEUED", source, reading, request: "r", startedAt: new Date(), ...none, ...over };
}

/** The imports of a server that has no file and can fetch none. */
async function openImports(store: JobStore) {
  const products = { ingest: async () => [] };
  const downloads = {} as Downloads;
  return await openJobs({ store, folder, products, downloads, maxBytes: 1e6, workers: 1, leaseMs: 300, log });
}

const until = async (store: JobStore, state: ImportJob["state"]) =>
  await expect.poll(async () => (await store.get("one"))?.job, { timeout: 10_000 }).toMatchObject({ state });

test("an import takes its own job up again when the store was away for longer than the lease", async () => {
  const inner = await DiskJobStore.open(join(folder, "journal"));
  await inner.create(job());
  let away = false;
  const save = async (stored: StoredJob) => {
    if (away) throw new LikenessError("INDEX_UNAVAILABLE", "away");
    return await inner.save(stored);
  };
  const store = Object.assign(Object.create(inner) as DiskJobStore, { save });
  const runs: string[] = [];
  const runner = new JobRunner(store, {
    workers: 1,
    leaseMs: 300,
    canRun: async () => true,
    run: async ({ signal }) => {
      runs.push("begun");
      if (runs.length > 1) return;
      away = true;
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
      runs.push(signal.reason);
      away = false;
    },
    onFinished: async () => {},
    log,
  });
  runner.start();
  await until(store, "SUCCEEDED");
  await runner.stop();
  expect(runs).toEqual(["begun", "lost", "begun"]);
});

test("an import whose file is gone can be cancelled, also one that another server was at work on", async () => {
  const store = await DiskJobStore.open(join(folder, "journal"));
  await store.create(job({ state: "RUNNING", lease: { owner: "dead", untilMs: 0 } }));
  const { imports, runner } = await openImports(store);
  runner.start();
  await imports.cancel("one");
  runner.wake();
  await until(store, "CANCELLED");
  await imports.stop();
});

test("an import that ends its server again and again at one place is given up", async () => {
  const store = await DiskJobStore.open(join(folder, "journal"));
  const dead = { owner: "dead", untilMs: 0 };
  const source = { kind: "url", name: "shop.ndjson", url: "http://shop.example/shop.ndjson", digest: null } as const;
  await store.create(job({ state: "RUNNING", source, lease: dead, starts: 5, tally: { ...NOTHING, read: 64 } }));
  const { imports, runner } = await openImports(store);
  runner.start();
  await until(store, "FAILED");
  await imports.stop();
  expect((await store.get("one"))?.job.failure?.message).toContain("ended 5 times after 64 rows");
});

test("files that no import waits for are removed at the start, those of others and new ones are not", async () => {
  const store = await DiskJobStore.open(join(folder, "journal"));
  await store.create(job());
  await store.create(job({ id: "two-ended", state: "SUCCEEDED", finishedAt: new Date() }));
  const files = join(folder, "files");
  for (const name of ["one-dddd", "two-ended-dddd", "unknown-dddd", "new-dddd"]) {
    await mkdir(join(files, name), { recursive: true });
    await writeFile(join(files, name, "shop.ndjson"), "{}");
    if (name !== "new-dddd") await utimes(join(files, name), 0, 0);
  }
  await openImports(store);
  expect((await readdir(files)).sort()).toEqual(["incoming", "new-dddd", "one-dddd"]);
});

test("a stop in the midst of retries counts nothing as refused that would have been tried again", async () => {
  const index = new MemoryIndex();
  const encoder = new WordEncoder();
  await index.ensureReady({ modelId: encoder.modelId, dimension: encoder.dimension });
  const unavailable = new LikenessError("INDEX_UNAVAILABLE", "throttled");
  const upsert = index.upsert.bind(index);
  index.upsert = async (products) =>
    await Promise.all(products.map(async (each) => (each.product.id === "p1" ? unavailable : ((await upsert([each]))[0] ?? unavailable))));
  const pictures = createPictures({ maxBytes: 1, maxPixels: 1, timeoutMs: 1, allowPrivateUrls: false });
  const stopping = new AbortController();
  const patient = patientIngest(new IngestProducts(encoder, index, pictures, log), stopping.signal);
  const drafts = ["p0", "p1", "p2"].map((id) => ({ id, title: id, images: [] }));
  setTimeout(() => stopping.abort("stopping"), 100);
  await expect(patient.ingest(drafts)).rejects.toThrow("stopped before its index or encoder was back");
});
