import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { type Logger, pino } from "pino";
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { LikenessError } from "../../src/domain/errors.js";
import { type ImportJob, type JobStore, NOTHING, type StoredJob } from "../../src/domain/jobs.js";
import type { KeptPicture } from "../../src/domain/picture.js";
import type { Downloads, PictureCopies, SharedFiles } from "../../src/domain/ports.js";
import { createDownloads } from "../../src/fetch/downloads.js";
import { MemoryIndex } from "../../src/indexes/memory/memory-index.js";
import { IngestProducts } from "../../src/ingest/ingest-products.js";
import type { ProductDraft } from "../../src/ingest/product-draft.js";
import { DiskJobStore } from "../../src/jobs/disk-job-store.js";
import { HeldJob } from "../../src/jobs/held-job.js";
import { ImportCatalogs } from "../../src/jobs/import-catalogs.js";
import { JobRunner } from "../../src/jobs/job-runner.js";
import { openJobs } from "../../src/jobs/open-jobs.js";
import { patientIngest } from "../../src/jobs/patient-ingest.js";
import { pruneJobs } from "../../src/jobs/prune-jobs.js";
import { runImport } from "../../src/jobs/run-import.js";
import { plainName, Spool } from "../../src/jobs/spool.js";
import { createPictures } from "../../src/pictures/pictures.js";
import { S3Files } from "../../src/shared-files/s3-files.js";
import { type FakeS3, startFakeS3 } from "../support/fake-s3.js";
import { importJob } from "../support/import-job.js";
import { serveFiles } from "../support/imports.js";
import { WordEncoder } from "../support/word-encoder.js";
import { zipOf } from "../support/zip-archive.js";

const log = pino({ level: "silent" });
const encoder = new WordEncoder();
const pictures = createPictures({ maxBytes: 1, maxPixels: 1, timeoutMs: 1, allowPrivateUrls: false });
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "likeness-import-jobs-"));
});
afterEach(async () => await rm(folder, { recursive: true, force: true }));

const job = (over: Partial<ImportJob> = {}) => importJob({ id: "one", ...over });

/** The imports of a gateway with a disk and an index of its own, which can fetch nothing. */
async function openImports(
  store: JobStore,
  { disk = "", shared = null, logTo = log }: { disk?: string; shared?: SharedFiles | null; logTo?: Logger } = {},
) {
  const index = await memoryIndex();
  const products = new IngestProducts(encoder, index, pictures, log);
  const options = { store, folder: join(folder, disk), products, downloads: {} as Downloads, shared };
  return { index, ...(await openJobs({ ...options, maxBytes: 1e6, workers: 1, leaseMs: 300, log: logTo })) };
}

async function memoryIndex(): Promise<MemoryIndex> {
  const index = new MemoryIndex();
  await index.ensureReady({ modelId: encoder.modelId, dimension: encoder.dimension });
  return index;
}

async function* bytesOf(text: string | Uint8Array): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}

const until = async (store: JobStore, state: ImportJob["state"]) =>
  await expect.poll(async () => (await store.get("one"))?.job, { timeout: 10_000 }).toMatchObject({ state });

test("an import that does not change is looked at no longer once whoever follows it has gone", async () => {
  const store = await DiskJobStore.open(join(folder, "journal"));
  await store.create(job());
  const imports = new ImportCatalogs(store, {} as Spool, {} as JobRunner);
  const gone = new AbortController();
  const changes = await imports.follow("one", gone.signal);
  expect(await changes.next()).toMatchObject({ done: false, value: { state: "QUEUED" } });
  const next = changes.next();
  gone.abort();
  expect(await next).toEqual({ done: true, value: undefined });
}, 5_000);

test("an import that many follow is looked at for all of them at once, and each sees it change and end", async () => {
  const store = await DiskJobStore.open(join(folder, "journal"));
  let { stored } = await store.create(job());
  const imports = new ImportCatalogs(store, {} as Spool, {} as JobRunner);
  const { signal } = new AbortController();
  const followers = await Promise.all(Array.from({ length: 100 }, () => imports.follow("one", signal)));
  const next = async () => await Promise.all(followers.map(async (changes) => (await changes.next()).value?.state));
  expect(new Set(await next())).toEqual(new Set(["QUEUED"]));
  const looks = vi.spyOn(store, "get");
  for (const state of ["RUNNING", "SUCCEEDED"] as const) {
    const told = next();
    stored = await store.save({ ...stored, job: { ...stored.job, state } });
    expect(new Set(await told)).toEqual(new Set([state]));
  }
  expect(new Set(await next())).toEqual(new Set([undefined]));
  expect(looks.mock.calls.length).toBeLessThan(followers.length);
});

test("whoever takes the changes of an import slowly holds nobody up, and gets the latest", async () => {
  const store = await DiskJobStore.open(join(folder, "journal"));
  const { stored } = await store.create(job());
  const imports = new ImportCatalogs(store, {} as Spool, {} as JobRunner);
  const { signal } = new AbortController();
  const [slow, quick] = await Promise.all([imports.follow("one", signal), imports.follow("one", signal)]);
  await Promise.all([slow.next(), quick.next()]);
  const running = await store.save({ ...stored, job: { ...stored.job, state: "RUNNING" } });
  expect((await quick.next()).value).toMatchObject({ state: "RUNNING" });
  await store.save({ ...running, job: { ...running.job, state: "FAILED" } });
  expect((await quick.next()).value).toMatchObject({ state: "FAILED" });
  expect([(await slow.next()).value?.state, (await slow.next()).done]).toEqual(["FAILED", true]);
});

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

test("an import's end does not wait for a save for each time its lease was to be prolonged while the store was away", async () => {
  const inner = await DiskJobStore.open(join(folder, "journal"));
  const { stored } = await inner.create(job());
  let answer = () => {};
  const answered = new Promise<void>((resolve) => {
    answer = resolve;
  });
  const save = vi.fn(async (given: StoredJob) => {
    await answered;
    return await inner.save(given);
  });
  const held = new HeldJob(Object.assign(Object.create(inner) as DiskJobStore, { save }), stored, "me", 30);
  await delay(200);
  answer();
  await held.release({ state: "QUEUED" });
  expect(save.mock.calls.length).toBeLessThanOrEqual(3);
});

test("an import whose file is gone fails where no other gateway can have it, and the log says why", async () => {
  const logged: unknown[] = [];
  const store = await DiskJobStore.open(join(folder, "journal"));
  await store.create(job());
  const { imports, runner } = await openImports(store, {
    logTo: pino({}, { write: (line: string) => void logged.push(JSON.parse(line)) }),
  });
  runner.start();
  await until(store, "FAILED");
  const failure = (await store.get("one"))?.job.failure;
  expect(failure).toMatchObject({ code: "NOT_FOUND" });
  await imports.stop();
  expect(logged).toContainEqual(expect.objectContaining({ jobId: "one", state: "FAILED", why: failure, msg: "import let go" }));
});

test("an import whose file another gateway may have waits and can be cancelled, also one that another was at work on", async () => {
  const disk = await DiskJobStore.open(join(folder, "journal"));
  const store = Object.assign(Object.create(disk) as DiskJobStore, { isShared: true });
  await store.create(job({ state: "RUNNING", lease: { owner: "dead", untilMs: 0 } }));
  const { imports, runner } = await openImports(store);
  runner.start();
  await imports.cancel("one");
  runner.wake();
  await until(store, "CANCELLED");
  await imports.stop();
});

test("an import whose journal is damaged keeps no server from its start, and keeps its file", async () => {
  await mkdir(join(folder, "journal", "one"), { recursive: true });
  await writeFile(join(folder, "journal", "one", "job.json"), '{"revision":1,');
  const file = join(folder, "files", `one-${"d".repeat(16)}`);
  await mkdir(file, { recursive: true });
  await utimes(file, new Date(0), new Date(0));
  const { imports } = await openImports(await DiskJobStore.open(join(folder, "journal")));
  expect(await readdir(file)).toEqual([]);
  await imports.stop();
});

test.each([
  // It is begun, by what can fetch nothing.
  [4, "met an internal error"],
  [5, "ended 5 times after 64 rows"],
])("an import that ends its server at one place is given up, of %i times: %s", async (starts, message) => {
  const store = await DiskJobStore.open(join(folder, "journal"));
  const dead = { owner: "dead", untilMs: 0 };
  const source = { kind: "url", name: "shop.ndjson", url: "http://shop.example/shop.ndjson", digest: null } as const;
  await store.create(job({ state: "RUNNING", source, lease: dead, starts, tally: { ...NOTHING, read: 64 } }));
  const { imports, runner } = await openImports(store);
  runner.start();
  await until(store, "FAILED");
  await imports.stop();
  expect((await store.get("one"))?.job.failure?.message).toContain(message);
});

test("an import that comes into the hands of a server that stops is put back, as one that was never begun", async () => {
  const store = await DiskJobStore.open(join(folder, "journal"));
  await store.create(job());
  const reasons: unknown[] = [];
  const runner = new JobRunner(store, {
    workers: 1,
    leaseMs: 60_000,
    canRun: async () => {
      void runner.stop();
      return true;
    },
    run: async ({ signal }) => void reasons.push(signal.reason),
    onFinished: async () => {},
    log,
  });
  runner.start();
  await expect.poll(() => reasons).toEqual(["stopping"]);
  await runner.stop();
  expect((await store.get("one"))?.job).toMatchObject({ state: "QUEUED", starts: 0, lease: null });
});

test("an import that another server was told to cancel ends with the next save", async () => {
  const store = await DiskJobStore.open(join(folder, "journal"));
  await store.create(job());
  const stored = await store.claim({ owner: "me", untilMs: Date.now() + 60_000 }, async () => true);
  const held = new HeldJob(store, stored as StoredJob, "me", 60_000);
  await new ImportCatalogs(store, {} as Spool, { cancel: () => {} } as unknown as JobRunner).cancel("one");
  await held.save({ total: 5 });
  expect(held.signal.reason).toBe("cancelled");
  expect((await store.get("one"))?.job).toMatchObject({ state: "RUNNING", cancelRequested: true, total: 5 });
  held.abandon();
});

describe("an upload", () => {
  const reading = { format: "AUTO", currency: null, locale: null } as const;

  test("that is cancelled before it is begun leaves no file", async () => {
    const store = await DiskJobStore.open(join(folder, "journal"));
    const { imports, spool } = await openImports(store);
    const { id } = await imports.start({ file: await spool.receive("shop.ndjson", bytesOf("{}")) }, reading, null);
    expect(await imports.cancel(id)).toMatchObject({ state: "CANCELLED", finishedAt: expect.any(Date) });
    expect(await readdir(join(folder, "files"))).toEqual(["incoming"]);
  });

  test("that comes again is not kept twice, and is refused when it is to be read in another way", async () => {
    const store = await DiskJobStore.open(join(folder, "journal"));
    const { imports, spool } = await openImports(store);
    const start = async (over: object = {}) =>
      await imports.start({ file: await spool.receive("shop.ndjson", bytesOf("{}")) }, { ...reading, ...over }, "key");
    const { id } = await start();
    expect((await start()).id).toBe(id);
    await expect(start({ currency: "EUR" })).rejects.toMatchObject({ code: "BAD_USER_INPUT", options: { field: ["idempotencyKey"] } });
    expect(await readdir(join(folder, "files", "incoming"))).toEqual([]);
  });

  test("has no file of this server's read, also beside ready embeddings", async () => {
    const store = await DiskJobStore.open(join(folder, "journal"));
    const { imports, spool, runner, index } = await openImports(store);
    const row = { id: "p1", embedding: new Array(encoder.dimension).fill(1), images: ["/etc/passwd", "https://shop.example/a.jpg"] };
    const { id } = await imports.start({ file: await spool.receive("shop.ndjson", bytesOf(JSON.stringify(row))) }, reading, null);
    runner.start();
    await expect.poll(async () => (await store.get(id))?.job.state, { timeout: 10_000 }).toBe("SUCCEEDED");
    await imports.stop();
    expect(await index.get(["p1"])).toMatchObject([{ product: { images: [{ url: "https://shop.example/a.jpg" }] } }]);
  });
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

describe("uploads in a bucket", () => {
  const AWS = { AWS_REGION: "eu-west-1", AWS_ACCESS_KEY_ID: "key", AWS_SECRET_ACCESS_KEY: "secret", AWS_MAX_ATTEMPTS: "1" };
  let s3: FakeS3;
  let shared: S3Files;
  let store: DiskJobStore;

  beforeEach(async () => {
    s3 = await startFakeS3();
    for (const [name, value] of Object.entries({ ...AWS, AWS_ENDPOINT_URL_S3: s3.url })) vi.stubEnv(name, value);
    shared = new S3Files({ bucket: "shop", prefix: "imports/" });
    store = await DiskJobStore.open(join(folder, "journal"));
  });
  afterEach(async () => {
    await s3.close();
    vi.unstubAllEnvs();
  });

  async function upload({ imports, spool }: Awaited<ReturnType<typeof openImports>>): Promise<ImportJob> {
    async function* bytes() {
      yield Buffer.from('{"id": "p1", "title": "Camera"}\n{"id": "p2", "title": "Lamp"}');
    }
    const file = await spool.receive("shop.ndjson", bytes());
    return await imports.start({ file }, { format: "AUTO", currency: null, locale: null }, null);
  }

  test("are imported by a gateway with another disk, and removed then", async () => {
    const { id } = await upload(await openImports(store, { disk: "first", shared }));
    expect([...s3.objects.keys()]).toEqual([expect.stringMatching(`^shop/imports/${id}-[0-9a-f]{16}$`)]);
    const second = await openImports(store, { disk: "second", shared });
    second.runner.start();
    await expect.poll(async () => (await store.get(id))?.job, { timeout: 10_000 }).toMatchObject({ state: "SUCCEEDED", total: 2 });
    await second.imports.stop();
    expect((await second.index.get(["p1", "p2"])).map((found) => found && "product" in found && found.product.title)).toEqual([
      "Camera",
      "Lamp",
    ]);
    expect(s3.objects.size).toBe(0);
  });

  test("leave the disk of the gateway that received them within an hour or two of the end on another one", async () => {
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
    onTestFinished(() => void vi.useRealTimers());
    const first = await openImports(store, { disk: "first", shared });
    const files = join(folder, "first", "files");
    const { id } = await upload(first);
    const [name = ""] = (await readdir(files)).filter((each) => each.startsWith(id));
    await utimes(join(files, name), 0, 0);
    const stop = pruneJobs({ ...first, store, keepMs: 1e9, log });
    onTestFinished(stop);
    vi.advanceTimersByTime(3_600_000);
    await delay(100);
    expect(await readdir(files)).toContain(name);
    const stored = await store.get(id);
    await store.save({ version: "0", ...stored, job: job({ ...stored?.job, state: "SUCCEEDED", finishedAt: new Date() }) });
    vi.advanceTimersByTime(3_600_000);
    await expect.poll(() => readdir(files)).toEqual(["incoming"]);
  });

  test("are refused, and no import is kept, while the bucket fails", async () => {
    const first = await openImports(store, { shared });
    s3.denied = true;
    await expect(upload(first)).rejects.toMatchObject({ code: "IMPORTS_UNAVAILABLE" });
    expect(await store.claim({ owner: "any", untilMs: 0 }, async () => true)).toBeNull();
    expect(await readdir(join(folder, "files"))).toEqual(["incoming"]);
  });
});

test("an import that is cancelled or stopped while its file is fetched from a bucket does not wait for the end of the file", async () => {
  const store = await DiskJobStore.open(join(folder, "journal"));
  let isRead = false;
  async function* endless() {
    for (isRead = true; ; ) {
      yield Buffer.from("x");
      await delay(10);
    }
  }
  const shared: SharedFiles = { write: async () => {}, has: async () => true, read: async () => endless(), remove: async () => {} };
  await store.create(job());
  const { imports, runner } = await openImports(store, { shared });
  runner.start();
  await expect.poll(() => isRead).toBe(true);
  await imports.cancel("one");
  await until(store, "CANCELLED");
  await imports.stop();
  expect(await readdir(join(folder, "files", "incoming"))).toEqual([]);
});

test("an import whose file cannot be removed from its bucket is cancelled all the same", async () => {
  const store = await DiskJobStore.open(join(folder, "journal"));
  await store.create(job());
  const away = async () => {
    throw new LikenessError("IMPORTS_UNAVAILABLE", "away");
  };
  const { imports } = await openImports(store, { shared: { write: away, has: away, read: away, remove: away } });
  expect(await imports.cancel("one")).toMatchObject({ state: "CANCELLED" });
});

test("an import's lease begins when it is taken, however long its file was looked for", async () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  onTestFinished(() => void vi.useRealTimers());
  const store = await DiskJobStore.open(join(folder, "journal"));
  await store.create(job());
  let left = 0;
  const runner = new JobRunner(store, {
    workers: 1,
    leaseMs: 60_000,
    canRun: async () => {
      vi.setSystemTime(Date.now() + 50_000);
      return true;
    },
    run: async ({ job: { lease } }) => {
      left = (lease?.untilMs ?? 0) - Date.now();
    },
    onFinished: async () => {},
    log,
  });
  runner.start();
  await until(store, "SUCCEEDED");
  await runner.stop();
  expect(left).toBe(60_000);
});

test("an import by URL is begun while the bucket of an upload before it is away", async () => {
  const store = await DiskJobStore.open(join(folder, "journal"));
  await store.create(job({ id: "upload", startedAt: new Date(0) }));
  const source = { kind: "url", name: "shop.ndjson", url: "http://shop.example/shop.ndjson", digest: null } as const;
  await store.create(job({ source }));
  const away = async () => {
    throw new LikenessError("IMPORTS_UNAVAILABLE", "away");
  };
  const { imports, runner } = await openImports(store, { shared: { write: away, has: away, read: away, remove: away } });
  runner.start();
  // By what can fetch nothing.
  await until(store, "FAILED");
  await imports.stop();
  expect((await store.get("upload"))?.job.state).toBe("QUEUED");
});

test("an import that comes while a worker looks for one is begun at once", async () => {
  const inner = await DiskJobStore.open(join(folder, "journal"));
  let looks = 0;
  const claim: JobStore["claim"] = async (lease, canRun) => {
    const found = await inner.claim(lease, canRun);
    if (++looks === 1) {
      await inner.create(job());
      runner.wake();
    }
    return found;
  };
  const store = Object.assign(Object.create(inner) as DiskJobStore, { claim });
  const options = { workers: 1, leaseMs: 600_000, canRun: async () => true, run: async () => {}, onFinished: async () => {}, log };
  const runner = new JobRunner(store, options);
  runner.start();
  await until(store, "SUCCEEDED");
  await runner.stop();
});

test("of two files that come with one key at the same time, the one that is refused is not kept", async () => {
  const store = await DiskJobStore.open(join(folder, "journal"));
  const { imports, spool } = await openImports(store);
  const start = async (text: string) => {
    const file = await spool.receive("shop.ndjson", bytesOf(text));
    return await imports.start({ file }, { format: "AUTO", currency: null, locale: null }, "key");
  };
  const outcomes = await Promise.allSettled([start('{"id":"1"}'), start('{"id":"2"}')]);
  expect(outcomes.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
  expect((await readdir(join(folder, "files"))).filter((name) => name !== "incoming")).toHaveLength(1);
});

describe("an import by URL", () => {
  const address = "https://shop.example/a/b/c/d/e/f/g/h/i/j/k/l/catalogue.ndjson";
  const linesOf = (rows: readonly object[]) => rows.map((row) => JSON.stringify(row)).join("\n");

  /** Runs an import of that address, which holds this text; gives its products and the job as it is kept then. */
  async function run(text: string, over: Partial<ImportJob> & { digest?: string } = {}, onIngest = (_held: HeldJob) => {}) {
    const { digest = null, ...rest } = over;
    const store = await DiskJobStore.open(join(folder, "journal"));
    const { stored } = await store.create(job({ source: { kind: "url", name: "catalogue", url: address, digest }, ...rest }));
    const spool = await Spool.open(join(folder, "files"), 1e6);
    const held = new HeldJob(store, stored, "me", 60_000);
    const given: ProductDraft[] = [];
    const ingest = async (drafts: readonly ProductDraft[]) => {
      given.push(...drafts);
      onIngest(held);
      return drafts.map(({ id }) => ({ id, status: "CREATED" as const, product: null, error: null }));
    };
    const downloads: Downloads = { read: async (_url, _signal, take) => await take(bytesOf(text)) };
    await runImport(held, { products: { ingest }, spool, downloads });
    held.abandon();
    return { given, job: (await store.get("one"))?.job };
  }

  const TWO = linesOf([
    { id: "a", title: "a" },
    { id: "b", title: "b" },
  ]);
  const digest = createHash("sha256").update(TWO).digest("hex");

  test.each([
    ["goes on where it was", digest, ["b"]],
    ["begins anew where the address holds another file by now", "0".repeat(64), ["a", "b"]],
  ])("whose file is not here any more %s", async (_, before, ids) => {
    const { given, job: kept } = await run(TWO, { digest: before, starts: 3, tally: { ...NOTHING, read: 1, created: 1 } });
    expect(given.map(({ id }) => id)).toEqual(ids);
    // A row that is done tells that no row before it ends the server.
    expect(kept).toMatchObject({ source: { digest }, starts: 0, total: 2, tally: { ...NOTHING, read: 2, created: 2 } });
  });

  test("that is cancelled does not tell how far it came for how many rows there are", async () => {
    const rows = Array.from({ length: 500 }, (_, i) => `p${i},title`);
    const { given, job: kept } = await run(`id,title\n${rows.join("\n")}`, {}, (held) => held.stop("cancelled"));
    expect(given.length).toBeLessThan(500);
    expect(kept?.total).toBeNull();
  });

  test("finds pictures by their paths as a browser would from the address of the catalogue", async () => {
    const paths = ["img/a b.jpg", "../a.jpg", "/a.jpg", "/a/b/img.jpg", "https://cdn.example/a.jpg"];
    const { given } = await run(linesOf(paths.map((image, i) => ({ id: `${i}`, image }))));
    expect(given.map(({ images }) => images)).toEqual(
      [
        "https://shop.example/a/b/c/d/e/f/g/h/i/j/k/l/img/a%20b.jpg",
        "https://shop.example/a/b/c/d/e/f/g/h/i/j/k/a.jpg",
        "https://shop.example/a.jpg",
        "https://shop.example/a/b/img.jpg",
        "https://cdn.example/a.jpg",
      ].map((url) => [{ url }]),
    );
  });
});

describe("the files of imports", () => {
  const receive = async (text: string | Uint8Array, maxBytes = 1e6, name = "shop.ndjson") =>
    await (await Spool.open(join(folder, "files"), maxBytes)).receive(name, bytesOf(text));

  test.each<[string, string | Uint8Array, number | null]>([
    ["nothing", "", 0],
    ["a line without an end", "a", 1],
    ["a line", "a\n", 1],
    ["three lines, one empty", "a\n\nb", 3],
    ["gzip", gzipSync("a\nb\n"), null],
    ["zip", zipOf({ "a.csv": "a\nb\n" }), null],
  ])("have their lines counted, if they are not compressed: %s", async (_, text, lines) => {
    expect(await receive(text)).toMatchObject({ lines });
  });

  test("may be as large as is allowed, and nothing is kept of a larger one", async () => {
    await receive("abc", 3);
    await expect(receive("abcd", 3)).rejects.toMatchObject({ code: "UPLOAD_TOO_LARGE", options: { field: ["file"] } });
    expect(await readdir(join(folder, "files", "incoming"))).toHaveLength(1);
  });

  test("that came in before a crash, for no import, are removed at the start", async () => {
    const { path } = await receive("left behind");
    await utimes(path, 0, 0);
    const { path: young } = await receive("young");
    await Spool.open(join(folder, "files"), 1e6);
    expect(await readdir(join(folder, "files", "incoming"))).toEqual([basename(young)]);
  });

  test("have names that lead nowhere else", () => {
    expect(["../../etc/passwd", "..", ".env", "ä/ö ü.csv", ""].map(plainName)).toEqual([
      "passwd",
      "catalogue",
      "env",
      "_.csv",
      "catalogue",
    ]);
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(".", "/", "\\", "a", "ß", "\0", "\n"), maxLength: 200 }), (name) => {
        expect(plainName(name)).toMatch(/^(?!\.{1,2}$)[\w.-]{1,100}$/);
      }),
    );
  });
});

test("imports that ended long ago are forgotten as soon as the server starts", async () => {
  const store = await DiskJobStore.open(join(folder, "journal"));
  await store.create(job({ state: "SUCCEEDED", finishedAt: new Date(0) }));
  onTestFinished(pruneJobs({ store, removeOrphans: async () => {}, keepMs: 1_000, log }));
  await expect.poll(() => store.get("one")).toBeNull();
});

test("a file that cannot be kept is refused as no bug of ours, one that breaks off as what it broke off by", async () => {
  const spool = await Spool.open(join(folder, "files"), 1e6);
  const brokenOff = Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET", syscall: "read" });
  const breaking = (async function* () {
    yield Buffer.from("a");
    throw brokenOff;
  })();
  await expect(spool.receive("shop.ndjson", breaking)).rejects.toBe(brokenOff);
  await rm(join(folder, "files", "incoming"), { recursive: true });
  await writeFile(join(folder, "files", "incoming"), "");
  await expect(spool.receive("shop.ndjson", bytesOf("a"))).rejects.toMatchObject({
    code: "IMPORTS_UNAVAILABLE",
    message: "The server's folder of imports cannot be used (ENOTDIR): free its disk, or let the server write there, and try again.",
  });
});

test("a download that its taker has no room for is no failure of the connection", async () => {
  const files = await serveFiles({ "/shop.ndjson": Buffer.alloc(1e6) });
  const downloads = createDownloads({ timeoutMs: 60_000, silenceMs: 60_000, allowPrivateUrls: true });
  const full = Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" });
  const take = async (bytes: AsyncIterable<Uint8Array>): Promise<void> => {
    for await (const _ of bytes) throw full;
  };
  await expect(downloads.read(`${files.url}/shop.ndjson`, new AbortController().signal, take)).rejects.toBe(full);
  files.close();
});

test("a batch of which nothing can be taken fails as a whole, also when one of its rows is wrong", async () => {
  const index = await memoryIndex();
  const unavailable = new LikenessError("INDEX_UNAVAILABLE", "away");
  index.upsert = async (products) => products.map(() => unavailable);
  vi.useFakeTimers();
  const patient = patientIngest(new IngestProducts(encoder, index, pictures, log), new AbortController().signal);
  const ingested = expect(
    patient.ingest([
      { id: "", images: [] },
      { id: "p1", title: "p1", images: [] },
    ]),
  ).rejects.toMatchObject({ code: "INDEX_UNAVAILABLE" });
  await vi.runAllTimersAsync();
  await ingested;
  vi.useRealTimers();
});

test("a product whose picture cannot be kept at once is taken a little later", async () => {
  const answers: (KeptPicture | LikenessError)[] = [
    new LikenessError("PICTURES_UNAVAILABLE", "away"),
    { name: "a".repeat(64), width: 1, height: 1 },
  ];
  const copies: PictureCopies = {
    read: async () => null,
    keep: async () => {
      const answer = answers.shift();
      if (answer && !(answer instanceof Error)) return answer;
      throw answer;
    },
  };
  const some = createPictures({ maxBytes: 1e6, maxPixels: 1e6, timeoutMs: 1, allowPrivateUrls: false });
  const ingest = new IngestProducts(encoder, await memoryIndex(), some, log, copies);
  const bytes = await readFile("test/fixtures/images/rgb.jpg");
  const draft = { id: "p1", title: "p1", images: [{ bytes }], embedding: new Float32Array(encoder.dimension).fill(1) };
  const results = await patientIngest(ingest, new AbortController().signal).ingest([draft]);
  expect(results).toMatchObject([{ status: "CREATED", product: { images: [{ kept: "a".repeat(64) }] } }]);
});

test("a stop ends a pause between retries at once", async () => {
  const index = await memoryIndex();
  const unavailable = new LikenessError("INDEX_UNAVAILABLE", "away");
  index.upsert = async (products) => products.map(() => unavailable);
  const stopping = new AbortController();
  vi.useFakeTimers();
  const patient = patientIngest(new IngestProducts(encoder, index, pictures, log), stopping.signal);
  const ingested = expect(patient.ingest([{ id: "p1", title: "p1", images: [] }])).rejects.toThrow("stopped before");
  await vi.advanceTimersByTimeAsync(5_000);
  expect(vi.getTimerCount()).toBe(1);
  stopping.abort("stopping");
  await ingested;
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

test("a stop in the midst of retries counts nothing as refused that would have been tried again", async () => {
  const index = await memoryIndex();
  const unavailable = new LikenessError("INDEX_UNAVAILABLE", "throttled");
  const upsert = index.upsert.bind(index);
  index.upsert = async (products) =>
    await Promise.all(products.map(async (each) => (each.product.id === "p1" ? unavailable : ((await upsert([each]))[0] ?? unavailable))));
  const stopping = new AbortController();
  const patient = patientIngest(new IngestProducts(encoder, index, pictures, log), stopping.signal);
  const drafts = ["p0", "p1", "p2"].map((id) => ({ id, title: id, images: [] }));
  setTimeout(() => stopping.abort("stopping"), 100);
  await expect(patient.ingest(drafts)).rejects.toThrow("stopped before its index or encoder was back");
});
