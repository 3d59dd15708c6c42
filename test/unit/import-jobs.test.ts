import { mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { pino } from "pino";
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
import { Spool } from "../../src/jobs/spool.js";
import { createPictures } from "../../src/pictures/pictures.js";
import { S3Files } from "../../src/shared-files/s3-files.js";
import { type FakeS3, startFakeS3 } from "../support/fake-s3.js";
import { importJob } from "../support/import-job.js";
import { serveFiles } from "../support/imports.js";
import { WordEncoder } from "../support/word-encoder.js";

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
async function openImports(store: JobStore, { disk = "", shared = null }: { disk?: string; shared?: SharedFiles | null } = {}) {
  const index = await memoryIndex();
  const products = new IngestProducts(encoder, index, pictures, log);
  const options = { store, folder: join(folder, disk), products, downloads: {} as Downloads, shared };
  return { index, ...(await openJobs({ ...options, maxBytes: 1e6, workers: 1, leaseMs: 300, log })) };
}

async function memoryIndex(): Promise<MemoryIndex> {
  const index = new MemoryIndex();
  await index.ensureReady({ modelId: encoder.modelId, dimension: encoder.dimension });
  return index;
}

async function* bytesOf(text: string): AsyncGenerator<Uint8Array> {
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

test("an import whose file is gone fails where no other gateway can have it", async () => {
  const store = await DiskJobStore.open(join(folder, "journal"));
  await store.create(job());
  const { imports, runner } = await openImports(store);
  runner.start();
  await until(store, "FAILED");
  expect((await store.get("one"))?.job.failure).toMatchObject({ code: "NOT_FOUND" });
  await imports.stop();
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

  /** Runs an import of that address, and gives the pictures of its products. */
  async function picturesOf(rows: object[]): Promise<unknown[]> {
    const store = await DiskJobStore.open(join(folder, "journal"));
    const { stored } = await store.create(job({ source: { kind: "url", name: "catalogue.ndjson", url: address, digest: null } }));
    const spool = await Spool.open(join(folder, "files"), 1e6);
    const held = new HeldJob(store, stored, "me", 60_000);
    const given: ProductDraft[] = [];
    const ingest = async (drafts: readonly ProductDraft[]) => {
      given.push(...drafts);
      return drafts.map(({ id }) => ({ id, status: "CREATED" as const, product: null, error: null }));
    };
    const downloads: Downloads = {
      read: async (_url, _signal, take) => await take(bytesOf(rows.map((row) => JSON.stringify(row)).join("\n"))),
    };
    await runImport(held, { products: { ingest }, spool, downloads });
    held.abandon();
    return given.map(({ images }) => images);
  }

  test("finds pictures by their paths as a browser would from the address of the catalogue", async () => {
    const paths = ["img/a b.jpg", "../a.jpg", "/a.jpg", "/a/b/img.jpg", "https://cdn.example/a.jpg"];
    expect(await picturesOf(paths.map((image, i) => ({ id: `${i}`, image })))).toEqual(
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
