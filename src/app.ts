import type { AddressInfo } from "node:net";
import type { FastifyInstance } from "fastify";
import type { Config } from "./config.js";
import type { Encoder, ProductIndex } from "./domain/ports.js";
import { BatchingEncoder } from "./encoders/batching-encoder.js";
import { locateModel } from "./encoders/onnx/download-model.js";
import { OnnxEncoder } from "./encoders/onnx/onnx-encoder.js";
import { createApollo } from "./graphql/apollo.js";
import { IdempotentCalls } from "./graphql/idempotent-calls.js";
import { createServer } from "./http/server.js";
import { LanceDbIndex } from "./indexes/lancedb/lancedb-index.js";
import { MemoryIndex } from "./indexes/memory/memory-index.js";
import { IngestProducts } from "./ingest/ingest-products.js";
import { createLog, type Logger } from "./log.js";
import { createPictures } from "./pictures/pictures.js";
import { SearchProducts } from "./search/search-products.js";

/** A gateway put together: its use cases for the CLI, and the server for `start`. */
export interface App {
  readonly config: Config;
  readonly log: Logger;
  readonly search: SearchProducts;
  readonly ingest: IngestProducts;
  readonly index: ProductIndex;
  readonly encoder: Encoder;
  /** Listens; the URL has no path. */
  start(): Promise<{ url: string }>;
  /** Lets running requests finish, then closes encoder and index. */
  stop(): Promise<void>;
}

const MAX_FILES = 1000;
/** Of a whole request; uploads are held in memory until they are encoded. */
const MAX_REQUEST_BYTES = 256 * 1024 * 1024;

/** The composition root: the only place that picks adapters. */
export async function createApp(config: Config, log: Logger = createLog(config.LIKENESS_LOG_LEVEL)): Promise<App> {
  const directory = await locateModel(config.LIKENESS_MODEL, { cacheDir: config.LIKENESS_CACHE_DIR });
  const encoder = new BatchingEncoder(await OnnxEncoder.open({ directory }), {
    maxQueued: config.LIKENESS_ENCODE_QUEUE,
    maxCached: config.LIKENESS_ENCODE_CACHE,
  });
  const index = config.LIKENESS_INDEX === "memory" ? new MemoryIndex() : new LanceDbIndex({ dataDir: config.LIKENESS_DATA_DIR, log });
  await index.ensureReady(encoder);
  const pictures = createPictures({
    maxBytes: config.LIKENESS_MAX_UPLOAD_BYTES,
    maxPixels: config.LIKENESS_MAX_IMAGE_PIXELS,
    timeoutMs: config.LIKENESS_FETCH_TIMEOUT_MS,
    allowPrivateUrls: config.LIKENESS_ALLOW_PRIVATE_URLS,
  });
  const search = new SearchProducts(encoder, index, pictures);
  const ingest = new IngestProducts(encoder, index, pictures, log);
  let server: FastifyInstance | null = null;

  async function start(): Promise<{ url: string }> {
    const services = { search, ingest, index, encoder, idempotent: new IdempotentCalls(), log };
    const readCounters = config.LIKENESS_DEBUG ? () => ({ ...encoder.stats, indexSearches: search.indexCalls }) : null;
    const apollo = createApollo({ log, maxQueryCost: config.LIKENESS_MAX_QUERY_COST, readCounters });
    const uploads = { maxFileBytes: config.LIKENESS_MAX_UPLOAD_BYTES, maxRequestBytes: MAX_REQUEST_BYTES, maxFiles: MAX_FILES };
    server = await createServer({ apollo, services, uploads, requestTimeoutMs: config.LIKENESS_REQUEST_TIMEOUT_MS });
    await server.listen({ port: config.PORT, host: config.LIKENESS_HOST });
    const { port } = server.server.address() as AddressInfo;
    const host = config.LIKENESS_HOST === "0.0.0.0" ? "127.0.0.1" : config.LIKENESS_HOST;
    return { url: `http://${host}:${port}` };
  }

  async function stop(): Promise<void> {
    await server?.close();
    await encoder.close();
    await index.close();
  }

  return { config, log, search, ingest, index, encoder, start, stop };
}
