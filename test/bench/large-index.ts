import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { Pool } from "undici";
import { OnnxEncoder } from "../../src/encoders/onnx/onnx-encoder.js";
import { randomNumbers } from "../contract/catalogue.js";
import { startFaultProxy } from "../external/opensearch/fault-proxy.js";
import { type Child, createClient, startChild } from "../support/child.js";
import { percentile, table } from "./measure.js";
import { OPENSEARCH, withOpenSearch } from "./opensearch-node.js";
import { normalNumber } from "./random-embeddings.js";
import { ReadyCatalogue } from "./ready-catalogue.js";

const PRODUCTS = Number(process.env["BENCH_PRODUCTS"] ?? 100_000);
const QUERIES = 200;
const SECONDS = 10;
const SETTLE_MS = 60_000;
const ROUNDS = 1_000;
const PHOTOS = process.env["BENCH_PHOTOS"] ?? "node_modules/@vendure/create/assets/images";
const MOST_PHOTOS = 500;
/** Length of the noise beside an embedding of length 1: two copies of one photo have a cosine of about 0.8. */
const NOISE = 0.5;

/**
 * 100,000 embeddings of photos plus noise in LanceDB and on one OpenSearch node, searched through the gateway; and what
 * the gateway itself takes, beside the very request that it sends, sent to the node directly. The two take turns.
 */
export async function largeIndex(): Promise<string> {
  const { embeddings, dimension, photos } = await noisyPhotos(PRODUCTS + QUERIES);
  const catalogue = new ReadyCatalogue(embeddings, PRODUCTS, dimension);
  const dataDir = await mkdtemp(join(tmpdir(), "likeness-bench-"));
  const env = { PORT: "0", LIKENESS_DATA_DIR: dataDir, BENCH_DIMENSION: String(dimension) };
  try {
    return await withOpenSearch(async (node, url) => {
      const rows = [await measure("LanceDB", catalogue, env), await measure(`OpenSearch ${OPENSEARCH}`, catalogue, { ...env, ...node })];
      return [
        `${PRODUCTS.toLocaleString("en")} products: likeness-mini's embeddings (${dimension} numbers) of ${photos} photos, each with noise of half its length. \`first: 10\`, over HTTP.`,
        "",
        table(["index", "ingest, products/s", "p50 ms, 1 client", "p95 ms", "p50 ms, 16 clients", "p95 ms", "recall@10"], rows),
        "",
        await ownShare(catalogue, { ...env, ...node }, url),
      ].join("\n");
    });
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
}

async function measure(name: string, catalogue: ReadyCatalogue, env: Record<string, string>): Promise<string[]> {
  const server = await startChild("test/support/ready-server.ts", env);
  const perSecond = await catalogue.ingest(server.url);
  await delay(SETTLE_MS);
  const times: string[] = [];
  for (const clients of [1, 16]) {
    const { p50Ms, p95Ms } = await catalogue.load(server.url, clients, SECONDS, false);
    times.push(p50Ms.toFixed(1), p95Ms.toFixed(1));
  }
  const recall = await catalogue.recallAt10(server.url, false);
  await server.stop();
  return [name, String(Math.round(perSecond)), ...times, recall.toFixed(3)];
}

/** p50 of a search through the gateway and of the same `_msearch` sent to the node, taken in turns by one client. */
async function ownShare(catalogue: ReadyCatalogue, env: Record<string, string>, url: string): Promise<string> {
  const bodies = catalogue.searches(false);
  const requests = await sentFor(bodies, env, url);
  const server: Child = await startChild("test/support/ready-server.ts", env);
  await delay(SETTLE_MS);
  const client = createClient(server.url, 1);
  const node = new Pool(url, { connections: 1 });
  const direct = async ({ path, body }: { path: string; body: string }) => {
    const answer = await node.request({ path, method: "POST", headers: { "content-type": "application/x-ndjson" }, body });
    await answer.body.json();
  };
  const through: number[] = [];
  const alone: number[] = [];
  for (let n = 0; n < ROUNDS; n++) {
    const i = n % bodies.length;
    const startedMs = performance.now();
    await client.post(bodies[i] as string);
    const betweenMs = performance.now();
    await direct(requests[i] as { path: string; body: string });
    // The first turns warm both up.
    if (n < bodies.length) continue;
    through.push(betweenMs - startedMs);
    alone.push(performance.now() - betweenMs);
  }
  await Promise.all([client.close(), node.close(), server.stop()]);
  const [gatewayMs, nodeMs] = [through, alone].map((times) =>
    percentile(
      times.sort((a, b) => a - b),
      0.5,
    ),
  ) as [number, number];
  return `Through the gateway p50 ${gatewayMs.toFixed(1)} ms, the same request sent to OpenSearch directly ${nodeMs.toFixed(1)} ms: the gateway's own share is **${(gatewayMs - nodeMs).toFixed(1)} ms**.`;
}

/** The `_msearch` that the gateway sends for each search, seen by a proxy between the two. */
async function sentFor(bodies: readonly string[], env: Record<string, string>, url: string): Promise<{ path: string; body: string }[]> {
  const proxy = await startFaultProxy(url);
  const server = await startChild("test/support/ready-server.ts", { ...env, LIKENESS_OPENSEARCH_URL: proxy.url });
  const client = createClient(server.url, 1);
  const requests: { path: string; body: string }[] = [];
  for (const body of bodies) {
    const before = proxy.seen.length;
    await client.post(body);
    // A gateway that has just started reads the whole catalogue too, for its suggestions.
    const sent = proxy.seen.slice(before).filter(({ path, body }) => path.includes("_msearch") && body.includes('"knn"'));
    const [request, ...others] = sent;
    if (!request || others.length > 0) throw new Error(`A search made ${others.length + (request ? 1 : 0)} calls of _msearch.`);
    requests.push(request);
  }
  await Promise.all([client.close(), server.stop()]);
  await proxy.close();
  return requests;
}

/** `[n, dimension]` L2-normalised: the embeddings of photos in turns, each with normal noise of its own. */
async function noisyPhotos(n: number): Promise<{ embeddings: Float32Array; dimension: number; photos: number }> {
  const files = (await readdir(PHOTOS)).filter((file) => file.endsWith(".jpg")).slice(0, MOST_PHOTOS);
  const encoder = await OnnxEncoder.open({ directory: "models/likeness-mini" });
  const encoded = await encoder.encodeImages(await Promise.all(files.map((file) => readFile(join(PHOTOS, file)))));
  await encoder.close();
  const base = encoded.filter((each) => !(each instanceof Error));
  const { dimension } = encoder;
  const random = randomNumbers(5);
  const embeddings = new Float32Array(n * dimension);
  for (let i = 0; i < n; i++) {
    const photo = base[i % base.length] as Float32Array;
    const row = Float32Array.from(photo, (value) => value + (NOISE / Math.sqrt(dimension)) * normalNumber(random));
    const length = Math.hypot(...row);
    embeddings.set(
      row.map((value) => value / length),
      i * dimension,
    );
  }
  return { embeddings, dimension, photos: base.length };
}
