import type { FastifyInstance } from "fastify";
import type { Config } from "./config.js";
import { keptCursorSecret, newCursorSecret } from "./cursor-secret.js";
import { AccessKeys } from "./domain/access.js";
import { Cursors } from "./domain/cursor.js";
import type { Encoder, PictureCopies, Pictures, ProductIndex } from "./domain/ports.js";
import type { Calibration } from "./domain/relevance.js";
import { BatchingEncoder } from "./encoders/batching-encoder.js";
import { DownloadBar } from "./encoders/onnx/download-bar.js";
import { locateModel } from "./encoders/onnx/download-model.js";
import { OnnxEncoder } from "./encoders/onnx/onnx-encoder.js";
import { readCalibration } from "./encoders/read-calibration.js";
import { createApollo } from "./graphql/apollo.js";
import { IdempotentCalls } from "./graphql/idempotent-calls.js";
import { createMetricsServer } from "./http/metrics.js";
import { createServer } from "./http/server.js";
import { type ImportJobs, startImportJobs } from "./import-jobs.js";
import { LanceDbIndex } from "./indexes/lancedb/lancedb-index.js";
import { MemoryIndex } from "./indexes/memory/memory-index.js";
import { WatchedIndex } from "./indexes/watched-index.js";
import { IngestProducts } from "./ingest/ingest-products.js";
import { listen } from "./listen.js";
import { createLog, type Logger } from "./log.js";
import { readMerchandising } from "./merchandising-file.js";
import type { Metrics } from "./metrics.js";
import { openSearchOptions } from "./opensearch-options.js";
import { pictureCopies } from "./picture-copies.js";
import { createPictures } from "./pictures/pictures.js";
import { SearchProducts } from "./search/search-products.js";
import { fillSuggestions } from "./search/suggest/fill-suggestions.js";
import { Suggestions } from "./search/suggest/suggestions.js";

/** A gateway put together: its use cases for the CLI, and the server for `start`. */
export interface App {
  readonly config: Config;
  readonly log: Logger;
  readonly search: SearchProducts;
  readonly ingest: IngestProducts;
  readonly index: ProductIndex;
  readonly encoder: Encoder;
  readonly pictures: Pictures;
  /** Null where no copies of pictures are kept. */
  readonly copies: PictureCopies | null;
  /** Null for a model without relevance curves. */
  readonly calibration: Calibration | null;
  /** Listens; the URL has no path. That of the metrics is null where nobody asked for them. */
  start(): Promise<{ url: string; metricsUrl: string | null }>;
  /** Puts imports back into their queue, lets running requests finish, then closes encoder and index. */
  stop(): Promise<void>;
}

const LOOPBACK = /^(localhost|127\..+|::1)$/i;
const MAX_FILES = 1000;
/** Of a whole request; uploads are held in memory until they are encoded. */
const MAX_REQUEST_BYTES = 256 * 1024 * 1024;

/** The clients of AWS and OpenSearch take long to load, so that is done only where the configuration names them. */
async function createIndex(config: Config, log: Logger): Promise<ProductIndex> {
  if (config.LIKENESS_INDEX === "memory") return new MemoryIndex();
  if (config.LIKENESS_INDEX === "opensearch") {
    const { OpenSearchIndex } = await import("./indexes/opensearch/opensearch-index.js");
    return new OpenSearchIndex({ ...openSearchOptions(config), log });
  }
  return new LanceDbIndex({ dataDir: config.LIKENESS_DATA_DIR, memoryBytes: config.LIKENESS_LANCEDB_MEMORY_BYTES, log });
}

/** The composition root: the only place that picks adapters. */
export async function createApp(config: Config, log: Logger = createLog(config.LIKENESS_LOG_LEVEL)): Promise<App> {
  const { encoder, directory } = await openEncoder(config, log);
  const calibration = await readCalibration({ directory, file: config.LIKENESS_CALIBRATION, modelId: encoder.modelId });
  return await assembleApp(config, log, encoder, calibration);
}

/** The gateway round an encoder that is open already; it is closed with the gateway. */
export async function assembleApp(config: Config, log: Logger, opened: Encoder, calibration: Calibration | null): Promise<App> {
  // Before the index is opened: rules with mistakes leave no data folder claimed.
  const merchandising = config.LIKENESS_MERCHANDISING ? await readMerchandising(config.LIKENESS_MERCHANDISING) : null;
  const encoder = new BatchingEncoder(opened, {
    maxQueued: config.LIKENESS_ENCODE_QUEUE,
    maxCached: config.LIKENESS_ENCODE_CACHE,
    // One batch of a remote encoder is one call on the wire.
    ...(config.LIKENESS_ENCODER === "sagemaker"
      ? { maxBatch: config.LIKENESS_SAGEMAKER_TEXT_BATCH, textBatches: config.LIKENESS_SAGEMAKER_CONCURRENCY }
      : {}),
  });
  const index = new WatchedIndex(await createIndex(config, log));
  const suggestions = new Suggestions();
  const stopping = new AbortController();
  await index.ensureReady(encoder);
  const pictures = createPictures({
    maxBytes: config.LIKENESS_MAX_UPLOAD_BYTES,
    maxPixels: config.LIKENESS_MAX_IMAGE_PIXELS,
    timeoutMs: config.LIKENESS_FETCH_TIMEOUT_MS,
    allowPrivateUrls: config.LIKENESS_ALLOW_PRIVATE_URLS,
  });
  const copies = await pictureCopies(config, log);
  const search = new SearchProducts(encoder, index, pictures, new Cursors(await cursorSecret(config)), {
    calibration,
    queries: suggestions,
    merchandising,
  });
  const ingest = new IngestProducts(encoder, index, pictures, log, copies);
  const servers: FastifyInstance[] = [];
  let jobs: ImportJobs | null = null;

  /** Loaded where somebody asked for them, since they watch the event loop and the garbage collector. */
  async function createMetrics(): Promise<Metrics | null> {
    if (config.LIKENESS_METRICS_PORT === undefined) return null;
    const { Metrics } = await import("./metrics.js");
    return new Metrics({
      encodes: () => encoder.stats,
      encodesWaiting: () => encoder.waiting,
      indexSearches: () => search.indexCalls,
      products: () => ingest.outcomes,
    });
  }

  async function start(): Promise<{ url: string; metricsUrl: string | null }> {
    index.watch(suggestions);
    jobs = await startImportJobs(config, ingest, log);
    const { imports, spool } = jobs;
    void fillSuggestions(index, suggestions, stopping.signal).catch((error) => log.warn({ err: error }, "suggestions lack older products"));
    const publicUrl = config.LIKENESS_PUBLIC_URL ?? null;
    const services = { search, ingest, imports, suggestions, index, encoder, idempotent: new IdempotentCalls(), log, copies, publicUrl };
    const readCounters = config.LIKENESS_DEBUG ? () => ({ ...encoder.stats, indexSearches: search.indexCalls }) : null;
    const limits = {
      maxQueryCost: config.LIKENESS_MAX_QUERY_COST,
      maxQueryDepth: config.LIKENESS_MAX_QUERY_DEPTH,
      maxQueryAliases: config.LIKENESS_MAX_QUERY_ALIASES,
    };
    const metrics = await createMetrics();
    const onError = metrics && ((code: string) => metrics.failed(code));
    const apollo = createApollo({ log, limits, subgraph: config.LIKENESS_SUBGRAPH, readCounters, onError });
    const maxHeldBytes = config.LIKENESS_MAX_BODIES_BYTES;
    const uploads = {
      maxFileBytes: config.LIKENESS_MAX_UPLOAD_BYTES,
      maxRequestBytes: Math.min(MAX_REQUEST_BYTES, maxHeldBytes),
      maxHeldBytes,
      maxFiles: MAX_FILES,
      spool,
    };
    const keys = new AccessKeys({ read: config.LIKENESS_READ_KEYS, write: config.LIKENESS_WRITE_KEYS });
    const server = await createServer({
      apollo,
      services,
      keys,
      corsOrigins: config.LIKENESS_CORS_ORIGINS,
      metrics,
      onError,
      uploads,
      requestTimeoutMs: config.LIKENESS_REQUEST_TIMEOUT_MS,
      transferMs: config.LIKENESS_IMPORT_TRANSFER_MS,
      limits,
    });
    servers.push(server);
    const { LIKENESS_HOST: host, LIKENESS_METRICS_PORT: metricsPort } = config;
    if (config.LIKENESS_WRITE_KEYS.length === 0 && !LOOPBACK.test(host)) {
      log.warn({ host }, "whoever reaches this gateway may change products: set LIKENESS_WRITE_KEYS");
    }
    const url = await listen(server, { host, port: config.PORT });
    if (!metrics || metricsPort === undefined) return { url, metricsUrl: null };
    const metricsServer = createMetricsServer(metrics);
    servers.push(metricsServer);
    return { url, metricsUrl: `${await listen(metricsServer, { host, port: metricsPort })}/metrics` };
  }

  async function stop(): Promise<void> {
    stopping.abort();
    // Both at once: those who follow an import keep their connections open until it lets go of them, and an import that waits for its
    // index may take longer than whoever ends this process will wait, with new requests coming all the while.
    await Promise.all([jobs?.imports.stop(), ...servers.map((server) => server.close())]);
    await jobs?.close();
    await encoder.close();
    await index.close();
  }

  return { config, log, search, ingest, index, encoder, pictures, copies, calibration, start, stop };
}

/** `directory` is the model's folder, where it runs in this process. */
export async function openEncoder(config: Config, log: Logger): Promise<{ encoder: Encoder; directory: string | null }> {
  if (config.LIKENESS_ENCODER === "onnx") {
    const bar = new DownloadBar();
    const directory = await locateModel(config.LIKENESS_MODEL, {
      cacheDir: config.LIKENESS_CACHE_DIR,
      hubUrl: config.LIKENESS_HUB_URL,
      onProgress: bar.update,
    }).finally(() => bar.stop());
    return { encoder: await OnnxEncoder.open({ directory }), directory };
  }
  const { SageMakerEncoder } = await import("./encoders/sagemaker/sagemaker-encoder.js");
  const encoder = await SageMakerEncoder.open({
    // `loadConfig` refuses this adapter without its endpoints.
    textEndpoint: config.LIKENESS_SAGEMAKER_TEXT_ENDPOINT as string,
    imageEndpoint: config.LIKENESS_SAGEMAKER_IMAGE_ENDPOINT as string,
    prompt: config.LIKENESS_SAGEMAKER_PROMPT,
    textBatch: config.LIKENESS_SAGEMAKER_TEXT_BATCH,
    imageBatch: config.LIKENESS_SAGEMAKER_IMAGE_BATCH,
    maxPayloadBytes: config.LIKENESS_SAGEMAKER_MAX_PAYLOAD_BYTES,
    concurrency: config.LIKENESS_SAGEMAKER_CONCURRENCY,
    timeoutMs: config.LIKENESS_SAGEMAKER_TIMEOUT_MS,
    coldStartMs: config.LIKENESS_SAGEMAKER_COLD_START_MS,
    deadlineMs: config.LIKENESS_REQUEST_TIMEOUT_MS,
    log,
    modelId: config.LIKENESS_SAGEMAKER_MODEL_ID,
  });
  return { encoder, directory: null };
}

/** Several gateways in front of one index need one secret from the configuration; a memory index ends with its process. */
async function cursorSecret(config: Config): Promise<string> {
  if (config.LIKENESS_CURSOR_SECRET) return config.LIKENESS_CURSOR_SECRET;
  return config.LIKENESS_INDEX === "memory" ? newCursorSecret() : await keptCursorSecret(config.LIKENESS_DATA_DIR);
}
