import type { FastifyInstance } from "fastify";
import type { Config } from "./config.js";
import { AccessKeys } from "./domain/access.js";
import type { PictureCopies } from "./domain/ports.js";
import type { BatchingEncoder } from "./encoders/batching-encoder.js";
import { createApollo } from "./graphql/apollo.js";
import { IdempotentCalls } from "./graphql/idempotent-calls.js";
import { createMetricsServer } from "./http/metrics.js";
import { createServer } from "./http/server.js";
import { type ImportJobs, startImportJobs } from "./import-jobs.js";
import type { WatchedIndex } from "./indexes/watched-index.js";
import type { IngestProducts } from "./ingest/ingest-products.js";
import { listen } from "./listen.js";
import type { Logger } from "./log.js";
import type { Metrics } from "./metrics.js";
import type { SearchProducts } from "./search/search-products.js";
import { fillSuggestions } from "./search/suggest/fill-suggestions.js";
import type { Suggestions } from "./search/suggest/suggestions.js";

const LOOPBACK = /^(localhost|127\..+|::1)$/i;
const MAX_FILES = 1000;
/** Of a whole request; uploads are held in memory until they are encoded. */
const MAX_REQUEST_BYTES = 256 * 1024 * 1024;

/** What a gateway is made of. */
export interface GatewayParts {
  readonly config: Config;
  readonly log: Logger;
  readonly search: SearchProducts;
  readonly ingest: IngestProducts;
  readonly index: WatchedIndex;
  readonly encoder: BatchingEncoder;
  readonly suggestions: Suggestions;
  /** Null where no copies of pictures are kept. */
  readonly copies: PictureCopies | null;
}

/** URLs without a path; that of the metrics is null where nobody asked for them. */
export interface ServedAt {
  readonly url: string;
  readonly metricsUrl: string | null;
}

/** What serves a gateway's parts: its imports, its suggestions, and the servers for GraphQL and metrics. */
export class GatewayServer {
  private readonly stopping = new AbortController();
  private readonly servers: FastifyInstance[] = [];
  private jobs: ImportJobs | null = null;

  constructor(private readonly parts: GatewayParts) {}

  /** Listens. After a failure too, `stop` ends what was begun. */
  async start(): Promise<ServedAt> {
    const { config, log, ingest, index, suggestions } = this.parts;
    index.watch(suggestions);
    this.jobs = await startImportJobs(config, ingest, log);
    void fillSuggestions(index, suggestions, this.stopping.signal).catch((error) =>
      log.warn({ err: error }, "suggestions lack older products"),
    );
    const metrics = await this.createMetrics();
    const server = await this.assemble(this.jobs, metrics);
    this.servers.push(server);
    const { LIKENESS_HOST: host, LIKENESS_METRICS_PORT: metricsPort } = config;
    if (config.LIKENESS_WRITE_KEYS.length === 0 && !LOOPBACK.test(host)) {
      log.warn({ host }, "whoever reaches this gateway may change products: set LIKENESS_WRITE_KEYS");
    }
    const url = await listen(server, { host, port: config.PORT });
    if (!metrics || metricsPort === undefined) return { url, metricsUrl: null };
    const metricsServer = createMetricsServer(metrics);
    this.servers.push(metricsServer);
    return { url, metricsUrl: `${await listen(metricsServer, { host, port: metricsPort })}/metrics` };
  }

  /** Puts imports back into their queue and lets running requests finish. */
  async stop(): Promise<void> {
    this.stopping.abort();
    // Both at once: those who follow an import keep their connections open until it lets go of them, and an import that waits for its
    // index may take longer than whoever ends this process will wait, with new requests coming all the while.
    await Promise.all([this.jobs?.imports.stop(), ...this.servers.map((server) => server.close())]);
    await this.jobs?.close();
  }

  /** Loaded where somebody asked for them, since they watch the event loop and the garbage collector. */
  private async createMetrics(): Promise<Metrics | null> {
    const { config, encoder, search, ingest } = this.parts;
    if (config.LIKENESS_METRICS_PORT === undefined) return null;
    const { Metrics } = await import("./metrics.js");
    return new Metrics({
      encodes: () => encoder.stats,
      encodesWaiting: () => encoder.waiting,
      indexSearches: () => search.indexCalls,
      products: () => ingest.outcomes,
    });
  }

  private async assemble({ imports, spool }: ImportJobs, metrics: Metrics | null): Promise<FastifyInstance> {
    const { config, ...parts } = this.parts;
    const { log, search, encoder } = parts;
    const limits = {
      maxQueryCost: config.LIKENESS_MAX_QUERY_COST,
      maxQueryDepth: config.LIKENESS_MAX_QUERY_DEPTH,
      maxQueryAliases: config.LIKENESS_MAX_QUERY_ALIASES,
    };
    const readCounters = config.LIKENESS_DEBUG ? () => ({ ...encoder.stats, indexSearches: search.indexCalls }) : null;
    const onError = metrics && ((code: string) => metrics.failed(code));
    const maxHeldBytes = config.LIKENESS_MAX_BODIES_BYTES;
    return await createServer({
      apollo: createApollo({ log, limits, subgraph: config.LIKENESS_SUBGRAPH, readCounters, onError }),
      services: { ...parts, imports, idempotent: new IdempotentCalls(), publicUrl: config.LIKENESS_PUBLIC_URL ?? null },
      keys: new AccessKeys({ read: config.LIKENESS_READ_KEYS, write: config.LIKENESS_WRITE_KEYS }),
      corsOrigins: config.LIKENESS_CORS_ORIGINS,
      metrics,
      onError,
      uploads: {
        maxFileBytes: config.LIKENESS_MAX_UPLOAD_BYTES,
        maxRequestBytes: Math.min(MAX_REQUEST_BYTES, maxHeldBytes),
        maxHeldBytes,
        maxFiles: MAX_FILES,
        spool,
      },
      requestTimeoutMs: config.LIKENESS_REQUEST_TIMEOUT_MS,
      transferMs: config.LIKENESS_IMPORT_TRANSFER_MS,
      limits,
    });
  }
}
