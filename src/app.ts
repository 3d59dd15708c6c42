import type { Config } from "./config.js";
import { keptCursorSecret, newCursorSecret } from "./cursor-secret.js";
import { Cursors } from "./domain/cursor.js";
import type { Encoder, Pictures, ProductIndex } from "./domain/ports.js";
import type { Calibration } from "./domain/relevance.js";
import { BatchingEncoder } from "./encoders/batching-encoder.js";
import { readCalibration } from "./encoders/read-calibration.js";
import { type GatewayParts, GatewayServer, type ServedAt } from "./gateway-server.js";
import { LanceDbIndex } from "./indexes/lancedb/lancedb-index.js";
import { MemoryIndex } from "./indexes/memory/memory-index.js";
import { WatchedIndex } from "./indexes/watched-index.js";
import { IngestProducts } from "./ingest/ingest-products.js";
import { createLog, type Logger } from "./log.js";
import { readMerchandising } from "./merchandising-file.js";
import { openEncoder } from "./open-encoder.js";
import { openSearchOptions } from "./opensearch-options.js";
import { pictureCopies } from "./picture-copies.js";
import { createPictures } from "./pictures/pictures.js";
import { SearchProducts } from "./search/search-products.js";
import { Suggestions } from "./search/suggest/suggestions.js";

/** A gateway put together: its use cases for the CLI, and its server for `start`. */
export interface App extends GatewayParts {
  readonly pictures: Pictures;
  /** Null for a model without relevance curves. */
  readonly calibration: Calibration | null;
  /** Listens. */
  start(): Promise<ServedAt>;
  /** Puts imports back into their queue, lets running requests finish, then closes encoder and index. */
  stop(): Promise<void>;
}

/** The clients of AWS and OpenSearch take long to load, so that is done only where the configuration names them. */
async function createIndex(config: Config, log: Logger): Promise<ProductIndex> {
  if (config.LIKENESS_INDEX === "memory") return new MemoryIndex();
  if (config.LIKENESS_INDEX === "opensearch") {
    const { OpenSearchIndex } = await import("./indexes/opensearch/opensearch-index.js");
    return new OpenSearchIndex({ ...openSearchOptions(config), log });
  }
  return new LanceDbIndex({ dataDir: config.LIKENESS_DATA_DIR, memoryBytes: config.LIKENESS_LANCEDB_MEMORY_BYTES, log });
}

/** The composition root: puts a gateway together, of the adapters that the settings name. */
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
  const parts = { config, log, search, ingest, index, encoder, suggestions, copies };
  const server = new GatewayServer(parts);
  const stop = async () => {
    await server.stop();
    await encoder.close();
    await index.close();
  };
  return { ...parts, pictures, calibration, start: () => server.start(), stop };
}

/** Several gateways in front of one index need one secret from the configuration; a memory index ends with its process. */
async function cursorSecret(config: Config): Promise<string> {
  if (config.LIKENESS_CURSOR_SECRET) return config.LIKENESS_CURSOR_SECRET;
  return config.LIKENESS_INDEX === "memory" ? newCursorSecret() : await keptCursorSecret(config.LIKENESS_DATA_DIR);
}
