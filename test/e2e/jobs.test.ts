import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CancelImportDocument, ImportCatalogDocument } from "../gql/operations.js";
import { type Child, startChild } from "../support/child.js";
import { ask, askWithFiles } from "../support/gateway.js";
import { catalogOf, countOf, DIMENSION, follow, idOf, serveFiles, stateOf, upload, waitFor } from "../support/imports.js";

/** The whole server as a process of its own, without a model: these products bring their embeddings. */
const start = (dataDir: string, env: Record<string, string> = {}) =>
  startChild("test/support/ready-server.ts", {
    PORT: "0",
    LIKENESS_DATA_DIR: dataDir,
    BENCH_DIMENSION: String(DIMENSION),
    BENCH_LOG: "error",
    LIKENESS_ALLOW_PRIVATE_URLS: "1",
    LIKENESS_IMPORT_WORKERS: "2",
    ...env,
  });

let dataDir: string;
let server: Child;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "likeness-jobs-"));
  server = await start(dataDir);
}, 120_000);

afterAll(async () => {
  await server?.kill();
  await rm(dataDir, { recursive: true, force: true });
});

const uploadsLeft = async (dir: string) => (await readdir(join(dir, "jobs/files"))).filter((name) => name !== "incoming");

describe("an import", () => {
  test("of an uploaded file ends with its products in the index and its file gone", async () => {
    const before = await countOf(server.url);
    const answer = await upload(server.url, catalogOf(2_500));
    expect(answer.data.importCatalog.total).toBe(2_500);
    expect(await waitFor(server.url, idOf(answer))).toMatchObject({ state: "SUCCEEDED", total: 2_500, done: 2_500, failed: 0 });
    expect(await countOf(server.url)).toBe(before + 2_500);
    await expect.poll(() => uploadsLeft(dataDir)).toEqual([]);
  });

  test("of a URL is fetched once, and its gzip read as it is", async () => {
    const files = await serveFiles({ "/feed/shop.ndjson.gz": gzipSync(catalogOf(1_200)) });
    const { data } = await ask(server.url, ImportCatalogDocument, { url: `${files.url}/feed/shop.ndjson.gz` });
    const job = await waitFor(server.url, data.importCatalog.id);
    expect(job).toMatchObject({ state: "SUCCEEDED", total: 1_200, done: 1_200, failed: 0 });
    expect(files.served).toEqual(["/feed/shop.ndjson.gz"]);
    files.close();
  });

  test("gives prices that name no currency the import's own", async () => {
    const rows = catalogOf(1, () => JSON.stringify({ id: "lamp", price: 49.9, embedding: Array.from({ length: DIMENSION }, () => 1) }));
    const failed = await waitFor(server.url, idOf(await upload(server.url, rows)));
    expect(failed).toMatchObject({ failed: 1, errors: [{ code: "BAD_USER_INPUT", message: expect.stringContaining("no currency") }] });
    expect(await waitFor(server.url, idOf(await upload(server.url, rows, { currency: "eur" })))).toMatchObject({ done: 1, failed: 0 });
    const answer = await ask<unknown, unknown>(server.url, '{ product(id: "lamp") { price { amount currency } } }');
    expect(answer.data).toEqual({ product: { price: { amount: 49.9, currency: "EUR" } } });
  });

  test("is told of by server-sent events until it has ended", async () => {
    const id = idOf(await upload(server.url, catalogOf(6_000)));
    const told = await follow(server.url, id);
    expect(told.at(-1)).toMatchObject({ id, state: "SUCCEEDED", done: 6_000 });
    expect(told.length).toBeGreaterThan(1);
    const done = told.map((each) => each.done);
    expect(done).toEqual([...done].sort((a, b) => a - b));
  });

  test("tells what is wrong with each row, by line, and gives all of it as a file", async () => {
    const broken = (i: number) => {
      if (i % 100 === 5) return "{ this is not JSON";
      if (i % 100 === 6) return JSON.stringify({ id: `short${i}`, embedding: [1, 2] });
      return i % 100 === 7 ? JSON.stringify({ id: `path${i}`, image: "/etc/passwd" }) : null;
    };
    const id = idOf(await upload(server.url, catalogOf(1_500, broken)));
    const job = await waitFor(server.url, id);
    expect(job).toMatchObject({ state: "SUCCEEDED", done: 1_500, failed: 45 });
    expect(job.errors.map(({ index }) => index)).toEqual([5, 6, 7, 105, 106]);
    expect(job.errors[0]).toMatchObject({ id: null, code: "BAD_USER_INPUT", message: expect.stringMatching(/^Line 6: .*JSON/) });
    expect(job.errors[1]).toMatchObject({ id: "short6", field: ["embedding"], code: "BAD_USER_INPUT" });
    expect(job.errors[2]).toMatchObject({ field: ["image"], message: expect.stringContaining("by URL") });
    const report = await fetch(new URL(`/jobs/${id}/errors.ndjson`, server.url));
    expect(report.headers.get("content-type")).toContain("ndjson");
    expect(report.headers.get("content-disposition")).toBe(`attachment; filename="errors-${id}.ndjson"`);
    const rows = (await report.text()).trim().split("\n");
    expect(rows.map((row) => JSON.parse(row).line)).toEqual(
      Array.from({ length: 15 }, (_, i) => [i * 100 + 6, i * 100 + 7, i * 100 + 8]).flat(),
    );
  });

  test("fails as a whole, with its reason, when its file cannot be had", async () => {
    const files = await serveFiles({});
    const { data } = await ask(server.url, ImportCatalogDocument, { url: `${files.url}/nothing.ndjson` });
    const job = await waitFor(server.url, data.importCatalog.id);
    expect(job).toMatchObject({ state: "FAILED", done: 0 });
    expect(job.errors).toMatchObject([{ code: "BAD_USER_INPUT", message: expect.stringContaining("404") }]);
    files.close();
  });

  test("that is cancelled ends where it is", async () => {
    const id = idOf(await upload(server.url, catalogOf(60_000)));
    await waitFor(server.url, id, ({ done }) => done > 0);
    await ask(server.url, CancelImportDocument, { id });
    const job = await waitFor(server.url, id);
    expect(job.state).toBe("CANCELLED");
    expect(job.done).toBeLessThan(60_000);
    expect((await ask(server.url, CancelImportDocument, { id })).data.cancelIngestJob).toMatchObject({
      state: "CANCELLED",
      done: job.done,
    });
  });

  test("of a known idempotency key is the first one, and no other catalogue can have the key", async () => {
    const first = idOf(await upload(server.url, catalogOf(10), { idempotencyKey: "spring" }));
    expect(idOf(await upload(server.url, catalogOf(10), { idempotencyKey: "spring" }))).toBe(first);
    const other = await upload(server.url, catalogOf(11), { idempotencyKey: "spring" });
    expect(other.errors?.[0]?.extensions.code).toBe("BAD_USER_INPUT");
  });
});

describe("bad input", () => {
  test.each([
    ["neither a file nor a URL", {}, "BAD_USER_INPUT"],
    ["a currency that is none", { url: "http://shop.example/a.csv", currency: "euros" }, "BAD_USER_INPUT"],
    ["a locale that is none", { url: "http://shop.example/a.json", locale: "german, please" }, "BAD_USER_INPUT"],
    ["a file of the server's", { url: "file:///etc/passwd" }, "URL_NOT_ALLOWED"],
    ["a URL with a password", { url: "https://user:secret@shop.example/a.ndjson" }, "URL_NOT_ALLOWED"],
    ["an empty key", { url: "http://shop.example/a.ndjson", idempotencyKey: "" }, "BAD_USER_INPUT"],
  ])("%s is a typed error", async (_name, variables, code) => {
    expect((await ask(server.url, ImportCatalogDocument, variables)).errors?.[0]?.extensions.code).toBe(code);
  });

  test("a file and a URL together are a typed error", async () => {
    const { errors } = await upload(server.url, catalogOf(1), { url: "http://shop.example/a.ndjson" });
    expect(errors).toMatchObject([{ message: "An import takes a file or a url, exactly one of them.", extensions: { field: ["file"] } }]);
  });

  test("a catalogue is imported once, and a second import of the same file is told so", async () => {
    const query = "mutation ($file: Upload) { a: importCatalog(file: $file) { id } b: importCatalog(file: $file) { id } }";
    const files = [{ paths: ["variables.file"], bytes: catalogOf(3) }];
    const { errors } = await askWithFiles(server.url, { query, variables: { file: null } }, files);
    expect(errors).toMatchObject([
      {
        message: "A catalogue must be sent by the GraphQL multipart request spec, as a variable that one importCatalog names.",
        extensions: { code: "BAD_USER_INPUT", field: ["file"] },
      },
    ]);
  });

  test("an import that does not exist can be neither cancelled, followed nor reported", async () => {
    expect((await ask(server.url, CancelImportDocument, { id: "../x" })).errors?.[0]?.extensions.code).toBe("NOT_FOUND");
    await expect(follow(server.url, "none")).rejects.toThrow("NOT_FOUND");
    expect((await fetch(new URL("/jobs/none/errors.ndjson", server.url))).status).toBe(404);
  });

  test("only subscriptions are answered by the stream", async () => {
    const query = encodeURIComponent("{ catalog { productCount } }");
    const response = await fetch(`${server.url}/stream?query=${query}`, { headers: { accept: "text/event-stream" } });
    expect(await response.text()).toContain("BAD_USER_INPUT");
  });

  test.each([
    [
      "300 aliases",
      `subscription { ${Array.from({ length: 300 }, (_, i) => `a${i}: ingestJobProgress(id: "a") { id }`).join(" ")} }`,
      "The operation has more than the 100 aliases that are allowed. Split it into several.",
      "QUERY_TOO_COMPLEX",
    ],
    [
      "a field that is none",
      'subscription { ingestJobProgress(id: "a") { colour } }',
      'Cannot query field "colour" on type "IngestJob".',
      "GRAPHQL_VALIDATION_FAILED",
    ],
    ["no document", "subscription {", "Syntax Error: Expected Name, found <EOF>.", "GRAPHQL_PARSE_FAILED"],
  ])("the stream refuses %s by the code that it has at /graphql", async (_name, query, message, code) => {
    expect((await ask(server.url, query)).errors).toContainEqual(expect.objectContaining({ message, extensions: { code } }));
    expect(await refusalOfStream(query)).toContainEqual(expect.objectContaining({ message, extensions: { code } }));
  });

  test("the stream refuses a variable that is missing", async () => {
    const [error] = await refusalOfStream("subscription ($id: ID!) { ingestJobProgress(id: $id) { id } }");
    expect(error).toMatchObject({
      message: 'Variable "$id" of required type "ID!" was not provided.',
      extensions: { code: "BAD_USER_INPUT" },
    });
  });

  test("/graphql refuses a subscription and says where it is answered", async () => {
    const { errors } = await ask(server.url, 'subscription { ingestJobProgress(id: "a") { id } }');
    expect(errors?.[0]?.message).toBe("Subscriptions are answered at /graphql/stream, by server-sent events.");
    expect(errors?.[0]?.extensions.code).toBe("BAD_USER_INPUT");
  });

  async function refusalOfStream(query: string): Promise<readonly unknown[]> {
    const headers = { "content-type": "application/json", accept: "text/event-stream" };
    const response = await fetch(`${server.url}/stream`, { method: "POST", headers, body: JSON.stringify({ query }) });
    const [, event] = /^data: (.*)$/m.exec(await response.text()) as RegExpExecArray;
    return JSON.parse(event as string).errors;
  }

  test("a catalogue in an operation that is refused is not kept", async () => {
    const form = new FormData();
    const query = "mutation ($file: Upload) { importCatalog(file: $file) { nothing } }";
    form.set("operations", JSON.stringify({ query, variables: { file: null } }));
    form.set("map", JSON.stringify({ 0: ["variables.file"] }));
    form.set("0", new Blob([Uint8Array.from(catalogOf(20_000))]), "shop.ndjson");
    const response = await fetch(server.url, { method: "POST", headers: { "apollo-require-preflight": "true" }, body: form });
    expect(await response.text()).toContain("GRAPHQL_VALIDATION_FAILED");
    await expect.poll(() => readdir(join(dataDir, "jobs/files/incoming")), { timeout: 10_000 }).toEqual([]);
  });
});

describe("a server that ends in the midst of an import", () => {
  const PRODUCTS = 20_000;
  const BROKEN = 20;
  const catalog = catalogOf(PRODUCTS, (i) => (i % 1_000 === 999 ? "broken" : null));

  test("goes on with it by itself after three kills: no product and no error is lost or doubled", async () => {
    const dir = await mkdtemp(join(tmpdir(), "likeness-kills-"));
    let running = await start(dir);
    const id = idOf(await upload(running.url, catalog, { idempotencyKey: "kills" }));
    const doneAtKills: number[] = [];
    for (let kill = 0; kill < 3; kill++) {
      const least = (doneAtKills.at(-1) ?? 0) + 1;
      await waitFor(running.url, id, ({ done }) => done >= least);
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 300));
      doneAtKills.push((await stateOf(running.url, id)).done);
      await running.kill();
      running = await start(dir);
      expect((await stateOf(running.url, id)).done).toBeGreaterThanOrEqual(doneAtKills.at(-1) as number);
    }
    expect(idOf(await upload(running.url, catalog, { idempotencyKey: "kills" }))).toBe(id);
    expect(await waitFor(running.url, id)).toMatchObject({ state: "SUCCEEDED", total: PRODUCTS, done: PRODUCTS, failed: BROKEN });
    expect(await countOf(running.url)).toBe(PRODUCTS - BROKEN);
    const report = await (await fetch(new URL(`/jobs/${id}/errors.ndjson`, running.url))).text();
    const rows = report.trim().split("\n");
    expect(rows.map((row) => JSON.parse(row).row)).toEqual(Array.from({ length: BROKEN }, (_, i) => i * 1_000 + 999));
    console.log(`killed when ${doneAtKills.join(", ")} of ${PRODUCTS} rows were done`);
    await running.stop();
    await rm(dir, { recursive: true, force: true });
  }, 600_000);

  const fewer = catalogOf(8_000);

  test("stops after the batch in hand, lets go of who follows it, and goes on at the next start", async () => {
    const dir = await mkdtemp(join(tmpdir(), "likeness-stop-"));
    const first = await start(dir);
    const id = idOf(await upload(first.url, fewer));
    const following = follow(first.url, id);
    await waitFor(first.url, id, ({ done }) => done > 0);
    await first.stop();
    const lastTold = (await following).at(-1);
    expect(lastTold?.done).toBeLessThan(8_000);
    const second = await start(dir);
    expect(await waitFor(second.url, id)).toMatchObject({ state: "SUCCEEDED", done: 8_000 });
    expect(await countOf(second.url)).toBe(8_000);
    await second.stop();
    await rm(dir, { recursive: true, force: true });
  }, 600_000);
});
