import { createHash } from "node:crypto";
import DataLoader from "dataloader";
import { LRUCache } from "lru-cache";
import type { Embedding } from "../domain/embedding.js";
import { asError, LikenessError } from "../domain/errors.js";
import type { EncodeOptions, Encoder, Outcome } from "../domain/ports.js";
import { unlessAborted } from "../time-limit.js";

export interface BatchingOptions {
  /** Most elements in one call of the inner encoder. */
  readonly maxBatch?: number;
  /** Most elements of one kind that may wait for the encoder; one more is refused as OVERLOADED. */
  readonly maxQueued?: number;
  /** Most embeddings of one kind kept by content; 0 keeps none. */
  readonly maxCached?: number;
  /**
   * Batches of texts in the inner encoder at once. A model in this process encodes one after the other anyway; of calls to a remote
   * one, a single that hangs must not hold up all others.
   */
  readonly textBatches?: number;
}

/** Batches of pictures in the inner encoder at once: while one is in the model, the next one's are decoded. */
const IMAGE_BATCHES = 2;

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
    const { maxBatch = 32, maxQueued = 4096, maxCached = 10_000, textBatches = 1 } = options;
    const limits = { maxBatch, maxQueued, maxCached };
    this.texts = new Lane(limits, this.stats, textBatches, (batch, signal) => {
      this.stats.textsEncoded += batch.length;
      return inner.encodeTexts(batch, { signal });
    });
    this.images = new Lane(limits, this.stats, IMAGE_BATCHES, (batch, signal) => {
      this.stats.imagesEncoded += batch.length;
      return inner.encodeImages(batch, { signal });
    });
  }

  /** Elements that wait for their turn now. */
  get waiting(): number {
    return this.texts.waiting + this.images.waiting;
  }

  encodeTexts(texts: readonly string[], { signal }: EncodeOptions = {}): Promise<Outcome<Embedding>[]> {
    return this.texts.encode(texts, signal);
  }

  encodeImages(images: readonly Uint8Array[], { signal }: EncodeOptions = {}): Promise<Outcome<Embedding>[]> {
    return this.images.encode(images, signal);
  }

  /** Refuses new work, lets what is under way finish, then closes the inner encoder. */
  async close(): Promise<void> {
    await Promise.all([this.texts.close(), this.images.close()]);
    await this.inner.close();
  }
}

/** One content on its way to an embedding, for everybody who asked for it. */
interface Work<T> {
  readonly key: string;
  readonly input: T;
  /** How many still want it; at 0 it is dropped when its turn comes, or, once it is in the encoder, with the rest of its batch. */
  waiting: number;
  /** Called when nobody wants it any more, while it is in the encoder. */
  abandon: () => void;
  embedding: Promise<Embedding>;
}

/** The queue, the memory and the work under way of one kind of input: a long batch of pictures never delays a text. */
class Lane<T extends string | Uint8Array> {
  private readonly loader: DataLoader<Work<T>, Embedding>;
  private readonly cache: LRUCache<string, Embedding> | null;
  private readonly underWay = new Map<string, Work<T>>();
  /** Batches that wait for a turn and still fill up, oldest first. */
  private readonly ready: (() => void)[] = [];
  private running = 0;
  private queued = 0;
  private closed = false;

  constructor(
    private readonly limits: Required<Omit<BatchingOptions, "textBatches">>,
    private readonly stats: EncodeStats,
    private readonly atOnce: number,
    private readonly encodeBatch: (batch: readonly T[], signal: AbortSignal) => Promise<Outcome<Embedding>[]>,
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

  get waiting(): number {
    return this.queued;
  }

  encode(inputs: readonly T[], signal?: AbortSignal): Promise<Outcome<Embedding>[]> {
    return Promise.all(inputs.map((input) => this.encodeOne(input, signal).catch(asError)));
  }

  async close(): Promise<void> {
    this.closed = true;
    await Promise.allSettled([...this.underWay.values()].map(({ embedding }) => embedding));
  }

  /** Every caller gets a copy: one that scales its embedding in place must not change another's. */
  private async encodeOne(input: T, signal?: AbortSignal): Promise<Embedding> {
    if (signal?.aborted) throw givenUp();
    const key = createHash("sha256").update(input).digest("base64");
    const known = this.cache?.get(key);
    const joined = this.underWay.get(key);
    if (known || joined) this.stats.cacheHits++;
    if (known) return known.slice();
    const work = joined ?? this.begin(key, input);
    work.waiting++;
    try {
      return (await unlessAborted(work.embedding, signal, givenUp)).slice();
    } finally {
      work.waiting--;
      if (work.waiting === 0) work.abandon();
    }
  }

  private begin(key: string, input: T): Work<T> {
    if (this.closed) throw new LikenessError("ENCODER_UNAVAILABLE", "The encoder is closed: the server is stopping.");
    if (this.queued >= this.limits.maxQueued) {
      throw new LikenessError(
        "OVERLOADED",
        `${this.queued} encodes are waiting already; at most ${this.limits.maxQueued} may. Try again in a moment.`,
      );
    }
    this.queued++;
    const work: Work<T> = { key, input, waiting: 0, abandon: () => {}, embedding: NEVER };
    work.embedding = this.loader.load(work);
    this.underWay.set(key, work);
    work.embedding.then(
      (embedding) => {
        this.cache?.set(key, embedding);
        this.finish(work);
      },
      () => this.finish(work),
    );
    return work;
  }

  /** The next who asks for this content begins anew, unless the cache has it. */
  private finish(work: Work<T>): void {
    if (this.underWay.get(work.key) === work) this.underWay.delete(work.key);
  }

  /**
   * Starts the oldest batch once the encoder has a turn free. An idle encoder waits for the end of this turn of the event loop
   * only, and until then the batch fills up; while the encoder is busy, later ones do. The batch is taken at once: a turn counted
   * for one that another turn takes first would never be given back.
   */
  private next(): void {
    if (this.running >= this.atOnce) return;
    const dispatch = this.ready.shift();
    if (!dispatch) return;
    this.running++;
    setImmediate(dispatch);
  }

  private async run(batch: readonly Work<T>[]): Promise<Outcome<Embedding>[]> {
    this.queued -= batch.length;
    const wanted = batch.filter(({ waiting }) => waiting > 0);
    for (const work of batch) if (work.waiting === 0) this.finish(work);
    const end = new AbortController();
    const abandon = () => {
      if (wanted.some(({ waiting }) => waiting > 0)) return;
      for (const work of wanted) this.finish(work);
      end.abort(givenUp());
    };
    for (const work of wanted) work.abandon = abandon;
    try {
      if (wanted.length === 0) return batch.map(givenUp);
      this.stats.batches++;
      const inputs = wanted.map(({ input }) => input);
      const embeddings = await this.encodeBatch(inputs, end.signal);
      const found = new Map(wanted.map((work, i) => [work, embeddings[i] as Outcome<Embedding>]));
      return batch.map((work) => found.get(work) ?? givenUp());
    } finally {
      this.running--;
      this.next();
    }
  }
}

/** Stands in until the loader has given its promise. */
const NEVER = new Promise<never>(() => {});

function givenUp(): LikenessError {
  return new LikenessError("TIMEOUT", "The request ended before its turn to be encoded came.");
}
