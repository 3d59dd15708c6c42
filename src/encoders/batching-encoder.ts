import { createHash } from "node:crypto";
import DataLoader from "dataloader";
import { LRUCache } from "lru-cache";
import type { Embedding } from "../domain/embedding.js";
import { LikenessError } from "../domain/errors.js";
import type { Encoder, Outcome } from "../domain/ports.js";

export interface BatchingOptions {
  /** Most elements in one call of the inner encoder. */
  readonly maxBatch?: number;
  /** Most elements of one kind that may wait for the encoder; one more is refused as OVERLOADED. */
  readonly maxQueued?: number;
  /** Most embeddings of one kind kept by content; 0 keeps none. */
  readonly maxCached?: number;
}

/** Counters since the start; they only ever grow. */
export interface EncodeStats {
  /** Elements handed to the inner encoder, failures included. */
  textsEncoded: number;
  imagesEncoded: number;
  /** Calls of the inner encoder. */
  batches: number;
  /** Elements answered without an encode of their own: from memory, or by joining one under way. */
  cacheHits: number;
}

/**
 * Puts one queue before an encoder for the whole process. An embedding depends on the model and the content alone, so
 * requests may share batches and results, unlike anything that depends on who asks.
 */
export class BatchingEncoder implements Encoder {
  readonly kind: string;
  readonly modelId: string;
  readonly dimension: number;
  readonly stats: EncodeStats = { textsEncoded: 0, imagesEncoded: 0, batches: 0, cacheHits: 0 };
  private readonly texts: Lane<string>;
  private readonly images: Lane<Uint8Array>;

  constructor(
    private readonly inner: Encoder,
    options: BatchingOptions = {},
  ) {
    this.kind = inner.kind;
    this.modelId = inner.modelId;
    this.dimension = inner.dimension;
    const { maxBatch = 32, maxQueued = 4096, maxCached = 10_000 } = options;
    const limits = { maxBatch, maxQueued, maxCached };
    this.texts = new Lane(limits, this.stats, (batch) => {
      this.stats.textsEncoded += batch.length;
      return inner.encodeTexts(batch);
    });
    this.images = new Lane(limits, this.stats, (batch) => {
      this.stats.imagesEncoded += batch.length;
      return inner.encodeImages(batch);
    });
  }

  encodeTexts(texts: readonly string[]): Promise<Outcome<Embedding>[]> {
    return this.texts.encode(texts);
  }

  encodeImages(images: readonly Uint8Array[]): Promise<Outcome<Embedding>[]> {
    return this.images.encode(images);
  }

  /** Refuses new work, lets what is under way finish, then closes the inner encoder. */
  async close(): Promise<void> {
    await Promise.all([this.texts.close(), this.images.close()]);
    await this.inner.close();
  }
}

/** The queue, the memory and the work under way of one kind of input: a long batch of pictures never delays a text. */
class Lane<T extends string | Uint8Array> {
  private readonly loader: DataLoader<T, Embedding>;
  private readonly cache: LRUCache<string, Embedding> | null;
  private readonly underWay = new Map<string, Promise<Embedding>>();
  /** Batches that still fill up, oldest first. */
  private readonly ready: (() => void)[] = [];
  private busy = false;
  private queued = 0;
  private closed = false;

  constructor(
    private readonly limits: Required<BatchingOptions>,
    private readonly stats: EncodeStats,
    private readonly encodeBatch: (batch: readonly T[]) => Promise<Outcome<Embedding>[]>,
  ) {
    this.cache = limits.maxCached > 0 ? new LRUCache({ max: limits.maxCached }) : null;
    this.loader = new DataLoader((batch) => this.run(batch), {
      cache: false,
      maxBatchSize: limits.maxBatch,
      batchScheduleFn: (dispatch) => {
        this.ready.push(dispatch);
        this.next();
      },
    });
  }

  encode(inputs: readonly T[]): Promise<Outcome<Embedding>[]> {
    return Promise.all(inputs.map((input) => this.encodeOne(input).catch(toError)));
  }

  async close(): Promise<void> {
    this.closed = true;
    await Promise.allSettled(this.underWay.values());
  }

  /** Every caller gets a copy: one that scales its embedding in place must not change another's. */
  private async encodeOne(input: T): Promise<Embedding> {
    const key = createHash("sha256").update(input).digest("base64");
    const known = this.cache?.get(key) ?? this.underWay.get(key);
    if (known) {
      this.stats.cacheHits++;
      return (await known).slice();
    }
    if (this.closed) throw new LikenessError("ENCODER_UNAVAILABLE", "The encoder is closed: the server is stopping.");
    if (this.queued >= this.limits.maxQueued) {
      throw new LikenessError(
        "OVERLOADED",
        `${this.queued} encodes are waiting already; at most ${this.limits.maxQueued} may. Try again in a moment.`,
      );
    }
    this.queued++;
    const work = this.loader.load(input);
    this.underWay.set(key, work);
    try {
      const embedding = (await work).slice();
      this.cache?.set(key, embedding);
      return embedding.slice();
    } finally {
      this.underWay.delete(key);
    }
  }

  /**
   * Starts the oldest batch once the encoder is free. An idle encoder waits for the end of this turn of the event loop
   * only; while it is busy, later batches fill up.
   */
  private next(): void {
    if (this.busy || this.ready.length === 0) return;
    this.busy = true;
    setImmediate(() => this.ready.shift()?.());
  }

  private async run(batch: readonly T[]): Promise<Outcome<Embedding>[]> {
    this.queued -= batch.length;
    this.stats.batches++;
    try {
      return await this.encodeBatch(batch);
    } finally {
      this.busy = false;
      this.next();
    }
  }
}

function toError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
