import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Child, createClient, startChild } from "../support/child.js";
import { load, table } from "./measure.js";
import { clusteredEmbeddings } from "./random-embeddings.js";
import { CATEGORY_FILTER, ReadyCatalogue } from "./ready-catalogue.js";

const PRODUCTS = 50_000;
const DIMENSION = 512;
const QUERIES = 500;
const SECONDS = 10;
/** The index is put in order once no write has come for a while; searches are measured after that. */
const SETTLE_MS = 60_000;

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
    const server = await startChild("test/support/ready-server.ts", env);
    await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
    const lines = [
      `${PRODUCTS.toLocaleString("en")} products, ${DIMENSION} numbers each, in 500 clusters; each category has a tenth of them. LanceDB, \`first: 10\`, over HTTP.`,
      "",
      `Ingest by \`ingestProducts\`, 500 a call, one client: **${Math.round(perSecond)} products/s**; peak memory ${Math.round(peakBytes / 2 ** 20)} MiB.`,
      "",
      await searchTable(server, catalogue),
    ];
    await server.stop();
    return lines.join("\n");
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
}

async function searchTable(server: Child, catalogue: ReadyCatalogue): Promise<string> {
  const rows: (string | number)[][] = [];
  for (const filter of [null, CATEGORY_FILTER]) {
    const bodies = catalogue.searches(filter);
    const recall = await catalogue.recallAt10(server.url, filter);
    for (const clients of [1, 16]) {
      const client = createClient(server.url, clients);
      const { perSecond, p50Ms, p95Ms } = await load(clients, SECONDS, (n) => client.post(bodies[n % bodies.length] as string));
      await client.close();
      rows.push([clients, filter ? "category" : "none", Math.round(perSecond), p50Ms.toFixed(1), p95Ms.toFixed(1), recall.toFixed(3)]);
    }
  }
  return table(["clients", "filter", "searches/s", "p50 ms", "p95 ms", "recall@10"], rows);
}
