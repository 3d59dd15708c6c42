import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startChild } from "../support/child.js";
import { table } from "./measure.js";
import { clusteredEmbeddings } from "./random-embeddings.js";
import { type Dialect, likeness, ReadyCatalogue } from "./ready-catalogue.js";
import { createCollection, weaviate } from "./weaviate.js";

const PRODUCTS = 50_000;
const DIMENSION = 512;
const QUERIES = 500;
const SECONDS = 10;
/** Before the rows of either kind, so that no server is measured while it still compiles: V8 takes some thousand requests. */
const WARM_UP_SECONDS = 15;
/** The index is put in order once no write has come for a while; searches are measured after that. */
const SETTLE_MS = 60_000;
/** The origin of a running Weaviate, empty and without access control, to be measured beside. */
const WEAVIATE_URL = process.env["BENCH_WEAVIATE_URL"];

interface Target {
  readonly name: string;
  readonly url: string;
  readonly dialect: Dialect;
}

/** Products taken in and searches answered per second, by ready embeddings over HTTP: the gateway and its index alone. */
export async function searchSpeed(): Promise<string> {
  const catalogue = new ReadyCatalogue(clusteredEmbeddings(PRODUCTS + QUERIES, DIMENSION, 1), PRODUCTS, DIMENSION);
  const dataDir = await mkdtemp(join(tmpdir(), "likeness-bench-"));
  const env = { PORT: "0", LIKENESS_DATA_DIR: dataDir, BENCH_DIMENSION: String(DIMENSION) };
  try {
    const ingesting = await startChild("test/support/ready-server.ts", env);
    const perSecond = await catalogue.ingest(ingesting.url);
    const peakBytes = ingesting.peakResidentBytes();
    await ingesting.stop();
    const others: Target[] = WEAVIATE_URL ? [{ name: "Weaviate", url: WEAVIATE_URL, dialect: weaviate }] : [];
    const theirs: string[] = [];
    for (const { name, url, dialect } of others) {
      await createCollection(url);
      theirs.push(` ${name} by its batches, of 500 too: ${Math.round(await catalogue.ingest(url, dialect))} products/s.`);
    }
    const server = await startChild("test/support/ready-server.ts", env);
    await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
    const lines = [
      `${PRODUCTS.toLocaleString("en")} products, ${DIMENSION} numbers each, in 500 clusters; each category has a tenth of them. LanceDB, \`first: 10\`, over HTTP.`,
      "",
      `Ingest by \`ingestProducts\`, 500 a call, one client: **${Math.round(perSecond)} products/s**; peak memory ${Math.round(peakBytes / 2 ** 20)} MiB.${theirs.join("")}`,
      "",
      await searchTable(catalogue, [{ name: "Likeness", url: server.url, dialect: likeness }, ...others]),
    ];
    await server.stop();
    return lines.join("\n");
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
}

/** Each row is measured with one server right after the other, so that the machine's changes of speed hit all alike. */
async function searchTable(catalogue: ReadyCatalogue, servers: readonly Target[]): Promise<string> {
  const rows: (string | number)[][] = [];
  for (const filtered of [false, true]) {
    for (const { url, dialect } of servers) await catalogue.load(url, 1, WARM_UP_SECONDS, filtered, dialect);
    const recalls = new Map<Target, number>();
    for (const server of servers) recalls.set(server, await catalogue.recallAt10(server.url, filtered, server.dialect));
    for (const clients of [1, 16]) {
      for (const server of servers) {
        const { perSecond, p50Ms, p95Ms } = await catalogue.load(server.url, clients, SECONDS, filtered, server.dialect);
        const recall = recalls.get(server)?.toFixed(3) ?? "";
        rows.push([
          server.name,
          clients,
          filtered ? "category" : "none",
          Math.round(perSecond),
          p50Ms.toFixed(1),
          p95Ms.toFixed(1),
          recall,
        ]);
      }
    }
  }
  return table(["server", "clients", "filter", "searches/s", "p50 ms", "p95 ms", "recall@10"], rows);
}
