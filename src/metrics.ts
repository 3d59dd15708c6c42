import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import type { EncodeStats } from "./encoders/batching-encoder.js";
import type { IngestStatus } from "./ingest/ingest-products.js";

/** What the parts of a gateway have counted since its start. */
export interface Counted {
  readonly encodes: () => EncodeStats;
  /** Elements that wait for the encoder now. */
  readonly encodesWaiting: () => number;
  readonly indexSearches: () => number;
  readonly products: () => Readonly<Record<IngestStatus, number>>;
}

export interface AnsweredRequest {
  readonly method: string;
  /** The pattern of the path, such as `/pictures/:file`; `unknown` where there is nothing. */
  readonly route: string;
  readonly status: number;
  readonly tookMs: number;
}

const SECONDS = [0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 120];

/** Those that a route answers; all others are counted as one, since a client may send thirty. */
const METHODS = new Set(["GET", "HEAD", "OPTIONS", "POST"]);

/** A gateway's numbers in the text format of Prometheus (version 0.0.4), with those of its Node.js process. */
export class Metrics {
  private readonly registry = new Registry();
  private readonly requests: Histogram<"method" | "route" | "status">;
  private readonly errors: Counter<"code">;

  constructor({ encodes, encodesWaiting, indexSearches, products }: Counted) {
    const registers = [this.registry];
    collectDefaultMetrics({ register: this.registry });
    this.requests = new Histogram({
      name: "likeness_request_duration_seconds",
      help: "From the head of a request to the end of its answer",
      labelNames: ["method", "route", "status"],
      buckets: SECONDS,
      registers,
    });
    this.errors = new Counter({ name: "likeness_errors_total", help: "Errors in answers, by their code", labelNames: ["code"], registers });
    this.counter("likeness_texts_encoded_total", "Texts handed to the encoder", () => encodes().textsEncoded);
    this.counter("likeness_images_encoded_total", "Pictures handed to the encoder", () => encodes().imagesEncoded);
    this.counter("likeness_encode_batches_total", "Calls of the encoder", () => encodes().batches);
    this.counter("likeness_encode_cache_hits_total", "Embeddings that took no encode of their own", () => encodes().cacheHits);
    this.counter("likeness_index_searches_total", "Calls of the index to search", indexSearches);
    new Gauge({
      name: "likeness_encodes_waiting",
      help: "Texts and pictures that wait for the encoder",
      registers,
      collect() {
        this.set(encodesWaiting());
      },
    });
    new Counter({
      name: "likeness_products_total",
      help: "Products given to ingest, by what became of them",
      labelNames: ["status"],
      registers,
      collect() {
        this.reset();
        for (const [status, count] of Object.entries(products())) this.inc({ status }, count);
      },
    });
  }

  answered({ method, route, status, tookMs }: AnsweredRequest): void {
    this.requests.observe({ method: METHODS.has(method) ? method : "other", route, status }, tookMs / 1000);
  }

  failed(code: string): void {
    this.errors.inc({ code });
  }

  get contentType(): string {
    return this.registry.contentType;
  }

  async text(): Promise<string> {
    return await this.registry.metrics();
  }

  /** A number that somebody else counts, read whenever it is asked for. */
  private counter(name: string, help: string, read: () => number): void {
    new Counter({
      name,
      help,
      registers: [this.registry],
      collect() {
        this.reset();
        this.inc(read());
      },
    });
  }
}
