import { mkdtemp, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fastify } from "fastify";
import { pino } from "pino";
import { expect, test } from "vitest";
import { healthRoutes } from "../../src/http/health.js";
import { LanceDbIndex } from "../../src/indexes/lancedb/lancedb-index.js";

test("why the gateway is not ready is told in the log once, and when that is over", async () => {
  const dataDir = await mkdtemp(join(tmpdir(), "likeness-health-"));
  const lines: { msg: string; err?: { code: string } }[] = [];
  const log = pino({}, { write: (line: string) => void lines.push(JSON.parse(line)) });
  const index = new LanceDbIndex({ dataDir });
  await index.ensureReady({ modelId: "m", dimension: 2 });
  const app = fastify();
  await app.register(healthRoutes, { index, log });
  const probe = async () => (await app.inject("/readyz")).statusCode;
  const lock = join(dataDir, "likeness.lock");
  const statuses = [await probe()];
  await rename(lock, `${lock}.away`);
  statuses.push(await probe(), await probe());
  await rename(`${lock}.away`, lock);
  statuses.push(await probe(), await probe());
  expect(statuses).toEqual([200, 503, 503, 200, 200]);
  expect(lines).toEqual([
    expect.objectContaining({
      msg: "the index cannot be read: /readyz answers 503",
      err: expect.objectContaining({ code: "INDEX_UNAVAILABLE" }),
    }),
    expect.objectContaining({ msg: "the index can be read again: /readyz answers 200" }),
  ]);
  await app.close();
  await index.close();
  await rm(dataDir, { recursive: true });
});
