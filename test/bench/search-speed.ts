import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Child, createClient, startChild } from "../support/child.js";
import { load, table } from "./measure.js";
import { clusteredEmbeddings } from "./random-embeddings.js";

const PRODUCTS = 50_000;
const DIMENSION = 512;
const QUERIES = 500;
const RECALL_QUERIES = 200;
const CATEGORIES = 10;
const BATCH = 500;
const SECONDS = 10;
/** The index is put in order once no write has come for a while; searches are measured after that. */
const SETTLE_MS = 60_000;

const INGEST = "mutation($products: [ProductInput!]!) { ingestProducts(products: $products) { ingestedCount } }";
const SEARCH =
  "query($embedding: [Float!], $filter: ProductFilter) { searchProducts(embedding: $embedding, filter: $filter, first: 10) { edges { similarity node { id title categories } } } }";
const FILTER = { categories: ["category-3"] };

interface IngestData {
  readonly ingestProducts: { readonly ingestedCount: number };
}

interface SearchData {
  readonly searchProducts: { readonly edges: readonly { readonly node: { readonly id: string } }[] };
}

/** Products taken in and searches answered per second, by ready embeddings over HTTP: the gateway and its index alone. */
export async function searchSpeed(): Promise<string> {
  const embeddings = clusteredEmbeddings(PRODUCTS + QUERIES, DIMENSION, 1);
  const products = embeddings.subarray(0, PRODUCTS * DIMENSION);
  const queries = Array.from({ length: QUERIES }, (_, i) => row(embeddings, PRODUCTS + i));
  const dataDir = await mkdtemp(join(tmpdir(), "likeness-bench-"));
  const env = { PORT: "0", LIKENESS_DATA_DIR: dataDir, BENCH_DIMENSION: String(DIMENSION) };
  try {
    const ingesting = await startChild("test/support/ready-server.ts", env);
    const perSecond = await ingest(ingesting.url, products);
    const peakBytes = ingesting.peakResidentBytes();
    await ingesting.stop();
    const server = await startChild("test/support/ready-server.ts", env);
    await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
    const lines = [
      `${PRODUCTS.toLocaleString("en")} products, ${DIMENSION} numbers each, in 500 clusters; each category has a tenth of them. LanceDB, \`first: 10\`, over HTTP.`,
      "",
      `Ingest by \`ingestProducts\`, ${BATCH} a call, one client: **${Math.round(perSecond)} products/s**; peak memory ${Math.round(peakBytes / 2 ** 20)} MiB.`,
      "",
      await searchTable(server, products, queries),
    ];
    await server.stop();
    return lines.join("\n");
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
}

async function ingest(url: string, products: Float32Array): Promise<number> {
  const client = createClient(url, 1);
  const startedMs = performance.now();
  for (let at = 0; at < PRODUCTS; at += BATCH) {
    const batch = Array.from({ length: BATCH }, (_, i) => ({
      id: `p${at + i}`,
      categories: [category(at + i)],
      embedding: Array.from(row(products, at + i)),
    }));
    const { ingestProducts } = await client.post<IngestData>(JSON.stringify({ query: INGEST, variables: { products: batch } }));
    if (ingestProducts.ingestedCount !== BATCH) throw new Error(`Only ${ingestProducts.ingestedCount} of ${BATCH} were ingested.`);
  }
  const seconds = (performance.now() - startedMs) / 1000;
  await client.close();
  return PRODUCTS / seconds;
}

async function searchTable(server: Child, products: Float32Array, queries: readonly Float32Array[]): Promise<string> {
  const rows: (string | number)[][] = [];
  for (const filter of [null, FILTER]) {
    const bodies = queries.map((query) => JSON.stringify({ query: SEARCH, variables: { embedding: Array.from(query), filter } }));
    const recall = await recallAt10(server.url, bodies.slice(0, RECALL_QUERIES), products, queries, filter !== null);
    for (const clients of [1, 16]) {
      const client = createClient(server.url, clients);
      const { perSecond, p50Ms, p95Ms } = await load(clients, SECONDS, (n) => client.post(bodies[n % bodies.length] as string));
      await client.close();
      rows.push([clients, filter ? "category" : "none", Math.round(perSecond), p50Ms.toFixed(1), p95Ms.toFixed(1), recall.toFixed(3)]);
    }
  }
  return table(["clients", "filter", "searches/s", "p50 ms", "p95 ms", "recall@10"], rows);
}

/** The share of the ten truly nearest products that the gateway's ten hold. */
async function recallAt10(
  url: string,
  bodies: readonly string[],
  products: Float32Array,
  queries: readonly Float32Array[],
  filtered: boolean,
): Promise<number> {
  const client = createClient(url, 1);
  let found = 0;
  for (const [i, body] of bodies.entries()) {
    const { searchProducts } = await client.post<SearchData>(body);
    const truth = nearest(products, queries[i] as Float32Array, filtered);
    found += searchProducts.edges.filter(({ node }) => truth.has(node.id)).length;
  }
  await client.close();
  return found / (10 * bodies.length);
}

function nearest(products: Float32Array, query: Float32Array, filtered: boolean): Set<string> {
  const scored: { id: string; dot: number }[] = [];
  for (let i = 0; i < PRODUCTS; i++) {
    if (filtered && category(i) !== FILTER.categories[0]) continue;
    let dot = 0;
    for (let j = 0; j < DIMENSION; j++) dot += (query[j] as number) * (products[i * DIMENSION + j] as number);
    scored.push({ id: `p${i}`, dot });
  }
  scored.sort((a, b) => b.dot - a.dot);
  return new Set(scored.slice(0, 10).map(({ id }) => id));
}

function category(i: number): string {
  return `category-${i % CATEGORIES}`;
}

function row(embeddings: Float32Array, i: number): Float32Array {
  return embeddings.subarray(i * DIMENSION, (i + 1) * DIMENSION);
}
