import { openAsBlob } from "node:fs";
import { mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { connect } from "@lancedb/lancedb";
import { loadConfig } from "../../src/config.js";
import type { ProductIndex } from "../../src/domain/ports.js";
import { LanceDbIndex } from "../../src/indexes/lancedb/lancedb-index.js";
import { TABLE } from "../../src/indexes/lancedb/table-name.js";
import { OpenSearchIndex } from "../../src/indexes/opensearch/opensearch-index.js";
import { openSearchOptions } from "../../src/opensearch-options.js";
import { type Child, startChild } from "../support/child.js";
import { countOf, idOf, stateOf, uploadBlob, waitFor } from "../support/imports.js";
import { mebibytes, table } from "./measure.js";
import { OPENSEARCH, withOpenSearch } from "./opensearch-node.js";
import { clusteredEmbeddings } from "./random-embeddings.js";

const PRODUCTS = Number(process.env["BENCH_PRODUCTS"] ?? 100_000);
const DIMENSION = Number(process.env["BENCH_DIMENSION"] ?? 512);
const BATCH = 1_000;
const KILLS = 3;
const MODEL = { modelId: "ready-embeddings", dimension: DIMENSION };

/**
 * A catalogue with ready embeddings through `importCatalog`, from when the job is accepted, beside the index's own bulk speed:
 * the same embeddings as finished rows in the same batches. Each is timed to when all products are there, and for LanceDB to when one
 * graph holds them all, which is most of its work. Then once more, killed three times. Then the same on one OpenSearch node.
 */
export async function importSpeed(): Promise<string> {
  const embeddings = clusteredEmbeddings(PRODUCTS, DIMENSION, 1);
  const folder = await mkdtemp(join(tmpdir(), "likeness-bench-"));
  try {
    const file = join(folder, "shop.ndjson");
    await writeCatalog(file, embeddings);
    const bound = await bulkSpeed(join(folder, "bulk"), embeddings);
    const imported = await importOnce(join(folder, "import"), file);
    const killed = await importKilled(join(folder, "killed"), file);
    const openSearch = await onOpenSearch(join(folder, "opensearch"), file, embeddings);
    const head = `${PRODUCTS.toLocaleString("en")} products, ${DIMENSION} numbers each, one NDJSON file of ${mebibytes((await openAsBlob(file)).size)}.`;
    const compared = table(
      ["index", "until", "index alone, products/s", "importCatalog, products/s", "ratio"],
      [
        ["LanceDB", "all products are there", ...speeds(bound.taken, imported.taken)],
        ["LanceDB", "one graph holds them all", ...speeds(bound.inOrder, imported.inOrder)],
        [`OpenSearch ${OPENSEARCH}`, "all products are there", ...openSearch],
      ],
    );
    const upload = `Before that, the upload took ${imported.uploadSeconds.toFixed(1)} s.`;
    return [head, compared, upload, table(["rows done", "resident memory"], imported.memory), killed].join("\n\n");
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Products per second of the two, and the share of the first that the second reaches. */
function speeds(boundSeconds: number, seconds: number): (string | number)[] {
  return [Math.round(PRODUCTS / boundSeconds), Math.round(PRODUCTS / seconds), (boundSeconds / seconds).toFixed(2)];
}

async function writeCatalog(path: string, embeddings: Float32Array): Promise<void> {
  const file = await open(path, "w");
  for (let at = 0; at < PRODUCTS; at += BATCH) {
    const lines = Array.from({ length: BATCH }, (_, i) =>
      JSON.stringify({ id: `p${at + i}`, brand: "maker", embedding: Array.from(row(embeddings, at + i)) }),
    );
    await file.write(`${lines.join("\n")}\n`);
  }
  await file.close();
}

/** Seconds from the start. */
interface Took {
  readonly taken: number;
  readonly inOrder: number;
}

async function bulkSpeed(dataDir: string, embeddings: Float32Array): Promise<Took> {
  const index = new LanceDbIndex({ dataDir });
  await index.ensureReady(MODEL);
  const startedMs = performance.now();
  await writeAll(index, embeddings);
  const taken = secondsSince(startedMs);
  await isInOrder(dataDir);
  const inOrder = secondsSince(startedMs);
  await index.close();
  return { taken, inOrder };
}

/** Two batches at a time, as an import writes them. */
async function writeAll(index: ProductIndex, embeddings: Float32Array): Promise<void> {
  let next = 0;
  const writer = async () => {
    while (next < PRODUCTS) {
      const at = next;
      next += BATCH;
      const outcomes = await index.upsert(Array.from({ length: BATCH }, (_, i) => stored(`p${at + i}`, row(embeddings, at + i))));
      if (outcomes.some((each) => each !== "created")) throw new Error(`The index did not take the products from ${at} on.`);
    }
  };
  await Promise.all([writer(), writer()]);
}

/** The speeds on an OpenSearch node, a new one for each of the two. */
async function onOpenSearch(dataDir: string, file: string, embeddings: Float32Array): Promise<(string | number)[]> {
  const alone = await withOpenSearch(async (env) => {
    const index = new OpenSearchIndex(openSearchOptions(loadConfig(env)));
    await index.ensureReady(MODEL);
    const startedMs = performance.now();
    await writeAll(index, embeddings);
    const taken = secondsSince(startedMs);
    await index.close();
    return taken;
  });
  const imported = await withOpenSearch(async (env) => {
    const server = await startServer(dataDir, env);
    const { id, acceptedMs } = await sendFile(server, file);
    await waitFor(server.url, id);
    const taken = secondsSince(acceptedMs);
    const count = await countOf(server.url);
    await server.stop();
    if (count !== PRODUCTS) throw new Error(`The import left ${count} products in the index.`);
    return taken;
  });
  return speeds(alone, imported);
}

/** The import that a server has accepted, and when. */
async function sendFile(server: Child, file: string): Promise<{ id: string; acceptedMs: number; uploadSeconds: number }> {
  const sentMs = performance.now();
  const id = idOf(await uploadBlob(server.url, await openAsBlob(file)));
  return { id, acceptedMs: performance.now(), uploadSeconds: secondsSince(sentMs) };
}

function secondsSince(startedMs: number): number {
  return (performance.now() - startedMs) / 1000;
}

/** Resolves once one vector index holds every row; looks at the table as another process would. */
async function isInOrder(dataDir: string): Promise<void> {
  const db = await connect(dataDir, { readConsistencyInterval: 0 });
  const products = await db.openTable(TABLE);
  for (;;) {
    const stats = await products.indexStats("image_embedding_idx");
    if (stats?.numIndices === 1 && stats.numUnindexedRows === 0 && stats.numIndexedRows === PRODUCTS) break;
    await delay(200);
  }
  db.close();
}

function stored(id: string, imageEmbedding: Float32Array) {
  const nothing = { description: null, price: null, inStock: null, url: null, imageUrl: null, groupId: null };
  const product = { id, title: "", brand: "maker", categories: [], images: [], attributes: [], updatedAt: new Date(), ...nothing };
  return { product, imageEmbedding, textEmbedding: null, fingerprint: { content: "c".repeat(64), image: "i".repeat(64), text: null } };
}

async function importOnce(dataDir: string, file: string) {
  const server = await startServer(dataDir);
  const { id, acceptedMs, uploadSeconds } = await sendFile(server, file);
  const memory: string[][] = [["0, the file received", mebibytes(server.residentBytes())]];
  for (const share of [0.25, 0.5, 0.75, 1]) {
    const { done } = await waitFor(server.url, id, (job) => job.finishedAt !== null || job.done >= share * PRODUCTS);
    memory.push([done.toLocaleString("en"), mebibytes(server.residentBytes())]);
  }
  await waitFor(server.url, id);
  const taken = secondsSince(acceptedMs);
  await isInOrder(dataDir);
  const inOrder = secondsSince(acceptedMs);
  memory.push(["in order", mebibytes(server.residentBytes())], ["at most", mebibytes(server.peakResidentBytes())]);
  await server.stop();
  return { taken, inOrder, uploadSeconds, memory };
}

async function importKilled(dataDir: string, file: string): Promise<string> {
  let server = await startServer(dataDir);
  const { id } = await sendFile(server, file);
  const killedAt: number[] = [];
  for (let kill = 0; kill < KILLS; kill++) {
    const least = ((kill + Math.random()) * PRODUCTS) / KILLS;
    await waitFor(server.url, id, ({ done, finishedAt }) => done >= least || finishedAt !== null);
    killedAt.push((await stateOf(server.url, id)).done);
    await server.kill();
    server = await startServer(dataDir);
  }
  const { state, done, failed } = await waitFor(server.url, id);
  const count = await countOf(server.url);
  await server.stop();
  return `Killed with ${killedAt.join(", ")} rows done: ${state}, ${done} done, ${failed} failed, **${count}** products in the index.`;
}

function startServer(dataDir: string, env: Record<string, string> = {}): Promise<Child> {
  return startChild("test/support/ready-server.ts", { ...env, PORT: "0", LIKENESS_DATA_DIR: dataDir, BENCH_DIMENSION: String(DIMENSION) });
}

function row(embeddings: Float32Array, i: number): Float32Array {
  return embeddings.subarray(i * DIMENSION, (i + 1) * DIMENSION);
}
