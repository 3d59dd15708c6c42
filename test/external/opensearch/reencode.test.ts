import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { expect, inject, test } from "vitest";
import { startGateway } from "../../support/gateway.js";
import { ended, spawnLikeness } from "../../support/likeness.js";
import { rawRequest, testOptions } from "./open-test-index.js";

const TINY = "test/fixtures/tiny-clip";

test("likeness reindex --model --to fills another alias, goes on after a kill, and leaves the old one alone", {
  timeout: 600_000,
}, async () => {
  const url = inject("servers")["3.5.0"];
  const { alias } = testOptions(url);
  const next = `${alias}-tiny`;
  const dataDir = await mkdtemp(join(tmpdir(), "likeness-"));
  const env = {
    LIKENESS_DATA_DIR: dataDir,
    LIKENESS_INDEX: "opensearch",
    LIKENESS_OPENSEARCH_URL: url,
    LIKENESS_OPENSEARCH_INDEX: alias,
    LIKENESS_OPENSEARCH_REPLICAS: "0",
    LIKENESS_PICTURES: "disk",
  };
  const before = await startGateway(env);
  const bytes = await sharp({ create: { width: 90, height: 60, channels: 3, background: "teal" } })
    .png()
    .toBuffer();
  const drafts = Array.from({ length: 400 }, (_, n) => ({ id: `w${n}`, title: `Words ${n}`, images: [] }));
  await before.app.ingest.ingest([{ id: "picture", images: [{ bytes }] }, ...drafts]);

  const args = ["reindex", "--model", TINY, "--to", next];
  const killed = spawnLikeness(args, dataDir, env);
  const built = async () => {
    await rawRequest(url, "POST", `/${next}*/_refresh`);
    return ((await rawRequest(url, "GET", `/${next}*/_count`)) as { count: number }).count;
  };
  await expect.poll(built, { timeout: 240_000, interval: 20 }).toBeGreaterThanOrEqual(64);
  killed.kill("SIGKILL");
  await ended(killed);
  const there = await built();
  await before.app.index.delete(["w3"]);
  await before.app.ingest.ingest([{ id: "w4", title: "Changed", images: [] }]);

  const { code, stdout } = await ended(spawnLikeness(args, dataDir, env));
  expect([code, stdout]).toEqual([0, expect.stringContaining("400 products under")]);
  expect(Number(/(\d+) of them in this run/.exec(stdout)?.[1])).toBeLessThanOrEqual(401 + 1 - there);
  const [old] = await before.app.index.get(["picture"]);
  expect(old).toMatchObject({ imageEmbedding: { length: before.app.encoder.dimension } });
  await before.stop();

  const after = await startGateway({ ...env, LIKENESS_MODEL: TINY, LIKENESS_OPENSEARCH_INDEX: next });
  expect(await after.app.index.count()).toBe(400);
  const found = await after.app.index.get(["picture", "w3", "w4"]);
  expect(found).toMatchObject([{ imageEmbedding: { length: after.app.encoder.dimension } }, null, { product: { title: "Changed" } }]);
  await after.stop();
  await rm(dataDir, { recursive: true });
});
