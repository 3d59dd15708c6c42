import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { ImportCatalogDocument } from "../../gql/operations.js";
import { type Child, startChild } from "../../support/child.js";
import { startFakeS3 } from "../../support/fake-s3.js";
import { ask } from "../../support/gateway.js";
import { catalogOf, countOf, DIMENSION, idOf, serveFiles, stateOf, upload, waitFor } from "../../support/imports.js";
import { testOptions } from "./open-test-index.js";

const PRODUCTS = 20_000;
const BROKEN = 20;
const catalog = catalogOf(PRODUCTS, (i) => (i % 1_000 === 999 ? "broken" : null));

describe("a gateway of an OpenSearch index that is killed while it imports", () => {
  let folder: string;
  const running: Child[] = [];

  const start = async (alias: string, dataDir: string, env: Record<string, string> = {}): Promise<Child> => {
    const child = await startChild("test/support/ready-server.ts", {
      PORT: "0",
      BENCH_DIMENSION: String(DIMENSION),
      BENCH_LOG: "error",
      LIKENESS_INDEX: "opensearch",
      LIKENESS_OPENSEARCH_URL: inject("servers")["3.5.0"],
      LIKENESS_OPENSEARCH_INDEX: alias,
      LIKENESS_OPENSEARCH_REPLICAS: "0",
      LIKENESS_DATA_DIR: join(folder, dataDir),
      LIKENESS_ALLOW_PRIVATE_URLS: "1",
      LIKENESS_IMPORT_LEASE_MS: "3000",
      ...env,
    });
    running.push(child);
    return child;
  };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "likeness-takeover-"));
  });
  afterAll(async () => {
    await Promise.all(running.map((each) => each.stop()));
    await rm(folder, { recursive: true, force: true });
  });

  /** Kills the gateway that imports once it has done some of it; another one, which was not asked for it, has to end it. */
  const takeOver = async (first: Child, id: string, startSecond: () => Promise<Child>): Promise<Child> => {
    await waitFor(first.url, id, ({ done }) => done > 0);
    await first.kill();
    running.splice(running.indexOf(first), 1);
    const second = await startSecond();
    const left = await stateOf(second.url, id);
    expect(left.done).toBeLessThan(PRODUCTS);
    expect(await waitFor(second.url, id)).toMatchObject({ state: "SUCCEEDED", done: PRODUCTS, failed: BROKEN });
    expect(await countOf(second.url)).toBe(PRODUCTS - BROKEN);
    const report = await (await fetch(new URL(`/jobs/${id}/errors.ndjson`, second.url))).text();
    const rows = report.trim().split("\n");
    expect(rows.map((row) => JSON.parse(row).row)).toEqual(Array.from({ length: BROKEN }, (_, i) => i * 1_000 + 999));
    console.log(`taken over with ${left.done} of ${PRODUCTS} rows done`);
    return second;
  };

  test("an import of a URL goes on at the other, which fetches the file itself", async () => {
    const { alias } = testOptions("");
    const files = await serveFiles({ "/shop.ndjson": catalog });
    const first = await start(alias, "first");
    const { data } = await ask(first.url, ImportCatalogDocument, { url: `${files.url}/shop.ndjson` });
    await takeOver(first, data.importCatalog.id, () => start(alias, "second"));
    expect(files.served).toHaveLength(2);
    files.close();
  }, 600_000);

  test("an import of an upload goes on at the other when they share a bucket", async () => {
    const { alias } = testOptions("");
    const s3 = await startFakeS3();
    const aws = { AWS_REGION: "eu-west-1", AWS_ACCESS_KEY_ID: "key", AWS_SECRET_ACCESS_KEY: "secret", AWS_ENDPOINT_URL_S3: s3.url };
    const env = { ...aws, LIKENESS_IMPORTS_BUCKET: "shop" };
    const first = await start(alias, "bucket-first", env);
    await takeOver(first, idOf(await upload(first.url, catalog)), () => start(alias, "bucket-second", env));
    expect(s3.objects.size).toBe(0);
    await s3.close();
  }, 600_000);

  test("an import of an upload goes on at the other when they share the data folder", async () => {
    const { alias } = testOptions("");
    const first = await start(alias, "shared");
    const id = idOf(await upload(first.url, catalog, { idempotencyKey: "shared" }));
    const second = await takeOver(first, id, () => start(alias, "shared"));
    expect(idOf(await upload(second.url, catalog, { idempotencyKey: "shared" }))).toBe(id);
  }, 600_000);
});
