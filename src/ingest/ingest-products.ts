import { combine, type Embedding, toEmbedding } from "../domain/embedding.js";
import { atField, badInput, type ErrorCode, LikenessError, orThrow } from "../domain/errors.js";
import { type KeptPicture, keptNames } from "../domain/picture.js";
import type { EncodeOptions, Encoder, Outcome, PictureCopies, Pictures, ProductIndex } from "../domain/ports.js";
import { type Fingerprint, type Product, type StoredProduct, wordsOf } from "../domain/product.js";
import type { Logger } from "../log.js";
import { checkDraft, fingerprint, type PictureSource, type ProductDraft, toProduct, withCopies } from "./product-draft.js";
import { settleAll } from "./settle-all.js";

export type IngestStatus = "CREATED" | "UPDATED" | "UNCHANGED" | "FAILED";

export interface IngestError {
  /** Position in the input, from 0. */
  readonly index: number;
  readonly id: string;
  readonly field: readonly string[] | null;
  readonly code: ErrorCode;
  readonly message: string;
}

export interface IngestResult {
  readonly id: string;
  readonly status: IngestStatus;
  readonly product: Product | null;
  readonly error: IngestError | null;
}

export interface IngestOptions extends EncodeOptions {
  /** Goes into the log with what failed unexpectedly. */
  readonly requestId?: string;
}

/** The largest number of products in one call. */
export const MAX_PRODUCTS = 1000;

const BASE64_FIELD = ["imageBase64"];

/** A draft whose pictures have been read and checked, ready to be encoded. */
interface Prepared {
  readonly index: number;
  readonly product: Product;
  /** Where the pictures came from, in the order of `pictures`. */
  readonly sources: readonly PictureSource[];
  readonly pictures: readonly Uint8Array[];
  readonly embedding: Embedding | null;
  readonly fingerprint: Fingerprint;
}

/** A product that differs from what is stored, which is without its embeddings here; null for a new one. */
interface Changed {
  readonly item: Prepared;
  readonly before: StoredProduct | null;
}

/** A product that can be written. */
interface Encoded {
  readonly item: Prepared;
  readonly stored: StoredProduct;
}

/** The use case: validate → encode what changed → upsert → one outcome per product, in the order of the input. */
export class IngestProducts {
  /** Products by what became of them, since the start. */
  readonly outcomes: Record<IngestStatus, number> = { CREATED: 0, UPDATED: 0, UNCHANGED: 0, FAILED: 0 };

  constructor(
    private readonly encoder: Encoder,
    private readonly index: ProductIndex,
    private readonly pictures: Pictures,
    private readonly log: Logger,
    /** Null where no copies of pictures are kept. */
    private readonly copies: PictureCopies | null = null,
  ) {}

  /**
   * Throws BAD_USER_INPUT only for a call that is too large and for an index that cannot be written to; a bad product fails alone, in
   * its own result. Throws TIMEOUT, having written nothing, when `signal` fires before the products are written.
   */
  async ingest(drafts: readonly ProductDraft[], { signal, requestId }: IngestOptions = {}): Promise<IngestResult[]> {
    if (drafts.length > MAX_PRODUCTS) {
      throw badInput(`${drafts.length} products were given; one call takes at most ${MAX_PRODUCTS}. Split them.`, ["products"]);
    }
    // Before anything is encoded in vain.
    this.index.checkWritable();
    const results: IngestResult[] = new Array(drafts.length);
    const fail = (index: number, error: unknown) => {
      results[index] = this.failed(index, (drafts[index] as ProductDraft).id, error, requestId);
    };
    const seen = new Set<string>();
    const prepared = await settleAll(drafts, (draft, index) => {
      checkDraft(draft);
      if (seen.has(draft.id)) throw badInput(`The id ${JSON.stringify(draft.id)} occurs twice in this call.`, ["id"]);
      seen.add(draft.id);
      return this.prepare(draft, index, signal);
    });
    const good = keep(prepared, (error, i) => fail(i, error));
    const stored = await this.index.get(
      good.map((each) => each.product.id),
      false,
    );
    const changed: Changed[] = [];
    good.forEach((item, i) => {
      const before = stored[i] as Outcome<StoredProduct | null>;
      if (before instanceof Error) fail(item.index, before);
      else if (before?.fingerprint.content === item.fingerprint.content && !this.lacksCopies(before, item)) {
        results[item.index] = { id: item.product.id, status: "UNCHANGED", product: before.product, error: null };
      } else changed.push({ item, before });
    });
    const known = await this.withEmbeddings(changed);
    const encoded = await settleAll(changed, ({ item }, i) =>
      this.encode(item, orThrow(known[i] as Outcome<StoredProduct | null>), signal),
    );
    const ready = keep(encoded, (error, i) => fail((changed[i] as Changed).item.index, error));
    if (signal?.aborted) throw new LikenessError("TIMEOUT", "The request ended before its products were written; none was. Send it again.");
    const written = ready.length > 0 ? await this.index.upsert(ready.map((each) => each.stored)) : [];
    ready.forEach(({ item, stored: { product } }, i) => {
      const outcome = written[i] as Outcome<"created" | "updated">;
      if (outcome instanceof Error) fail(item.index, outcome);
      else results[item.index] = { id: product.id, status: outcome === "created" ? "CREATED" : "UPDATED", product, error: null };
    });
    for (const { status } of results) this.outcomes[status]++;
    return results;
  }

  /** The stored products, with embeddings only where one of these still holds: to read all of them would cost more than the writing. */
  private async withEmbeddings(changed: readonly Changed[]): Promise<Outcome<StoredProduct | null>[]> {
    const kept = changed.filter(({ item, before }) => before !== null && keepsEmbedding(item, before));
    const ids = kept.map(({ item }) => item.product.id);
    const read = ids.length > 0 ? await this.index.get(ids) : [];
    const byId = new Map(ids.map((id, i) => [id, read[i] as Outcome<StoredProduct | null>]));
    return changed.map(({ item, before }) => byId.get(item.product.id) ?? before);
  }

  /** No promise where no picture is to be read: see `settleAll`. */
  private prepare(draft: ProductDraft, index: number, signal?: AbortSignal): Prepared | Promise<Prepared> {
    const embedding = draft.embedding ? toEmbedding(draft.embedding, this.encoder.dimension, ["embedding"]) : null;
    const here = draft.images.filter((source) => !("url" in source));
    // Beside a ready embedding copies alone are made of pictures, and for that nothing is downloaded.
    const used = !embedding || (this.copies !== null && here.length === draft.images.length);
    // What came with the product is looked at in any case: whether a picture is a mistake does not hang on whether copies are kept.
    const sources = embedding ? here : draft.images;
    const product = toProduct(draft, new Date());
    const prepared = (read: readonly Uint8Array[]): Prepared => {
      const pictures = used ? read : [];
      return { index, product, sources, pictures, embedding, fingerprint: fingerprint(product, pictures, draft) };
    };
    return sources.length === 0 ? prepared([]) : Promise.all(sources.map((source) => this.read(source, signal))).then(prepared);
  }

  /** Whether a product was ingested while no copies were kept; to write it again costs no encode. */
  private lacksCopies({ product }: StoredProduct, { pictures }: Prepared): boolean {
    return this.copies !== null && pictures.length > 0 && keptNames(product).length === 0;
  }

  private async read(source: PictureSource, signal?: AbortSignal): Promise<Uint8Array> {
    try {
      const bytes = await this.bytesOf(source, signal);
      await this.pictures.check(bytes);
      return bytes;
    } catch (error) {
      const field = "base64" in source ? BASE64_FIELD : source.field;
      throw field ? atField(error, field) : error;
    }
  }

  private async bytesOf(source: PictureSource, signal?: AbortSignal): Promise<Uint8Array> {
    if ("url" in source) return await this.pictures.fetch(source.url, signal);
    if ("read" in source) return await source.read();
    return "bytes" in source ? source.bytes : fromBase64(source.base64);
  }

  /** No promise where there is nothing to encode: see `settleAll`. */
  private encode(item: Prepared, before: StoredProduct | null, signal?: AbortSignal): Encoded | Promise<Encoded> {
    const { product, embedding, fingerprint } = item;
    if (item.pictures.length > 0 || fingerprint.text !== null) return this.encodeChanged(item, before, signal);
    return { item, stored: { product, imageEmbedding: embedding, textEmbedding: null, fingerprint } };
  }

  /** Encodes only what differs from the stored product; a new price must not cost an encode. */
  private async encodeChanged(item: Prepared, before: StoredProduct | null, signal?: AbortSignal): Promise<Encoded> {
    const same = (kind: "image" | "text") => before !== null && before.fingerprint[kind] === item.fingerprint[kind];
    const words = item.fingerprint.text === null ? null : wordsOf(item.product);
    const [imageEmbedding, textEmbedding, copies] = await Promise.all([
      item.embedding ?? (same("image") ? (before?.imageEmbedding ?? null) : this.encodePictures(item.pictures, signal)),
      same("text") ? (before?.textEmbedding ?? null) : words === null ? null : this.encodeWords(words, signal),
      this.keep(item, same("image") ? before : null),
    ]);
    const product = copies ? withCopies(item.product, item.sources, copies) : item.product;
    return { item, stored: { product, imageEmbedding, textEmbedding, fingerprint: item.fingerprint } };
  }

  /** The copies of a product's pictures: those of its last version, if that had the same pictures, or new ones. Null where none are kept. */
  private async keep(item: Prepared, sameBefore: StoredProduct | null): Promise<readonly KeptPicture[] | null> {
    const { copies } = this;
    if (item.pictures.length === 0) return null;
    const known = item.embedding ? [] : keptCopies(sameBefore);
    if (known.length === item.pictures.length) return known;
    return copies && Promise.all(item.pictures.map((picture) => copies.keep(picture)));
  }

  private async encodePictures(pictures: readonly Uint8Array[], signal?: AbortSignal): Promise<Embedding | null> {
    if (pictures.length === 0) return null;
    const embeddings = await this.encoder.encodeImages(pictures, { signal });
    return combine(embeddings.map((each) => ({ embedding: orThrow(each), weight: 1 })));
  }

  private async encodeWords(words: string, signal?: AbortSignal): Promise<Embedding> {
    return orThrow((await this.encoder.encodeTexts([words], { signal }))[0] as Outcome<Embedding>);
  }

  private failed(index: number, id: string, error: unknown, requestId?: string): IngestResult {
    const known = error instanceof LikenessError ? error : null;
    if (!known) this.log.error({ err: error, productId: id, requestId }, "ingest of a product failed unexpectedly");
    const detail: IngestError = {
      index,
      id,
      field: known?.options.field ?? null,
      code: known?.code ?? "INTERNAL_SERVER_ERROR",
      message: known?.message ?? "The product could not be ingested because of an internal error; the log has the cause.",
    };
    return { id, status: "FAILED", product: null, error: detail };
  }
}

function keptCopies(stored: StoredProduct | null): KeptPicture[] {
  return (stored?.product.images ?? []).flatMap(({ kept, width, height }) =>
    kept && width !== null && height !== null ? [{ name: kept, width, height }] : [],
  );
}

function keepsEmbedding({ embedding, fingerprint }: Prepared, before: StoredProduct): boolean {
  const same = (kind: "image" | "text") => fingerprint[kind] !== null && fingerprint[kind] === before.fingerprint[kind];
  return same("text") || (embedding === null && same("image"));
}

function fromBase64(text: string): Uint8Array {
  const body = text.replace(/\s+/g, "").replace(/^data:[^,]*;base64,/i, "");
  if (!/^[A-Za-z0-9+/_-]+={0,2}$/.test(body)) {
    throw badInput("imageBase64 is not base64: letters, digits, + and / are allowed.", BASE64_FIELD);
  }
  return Buffer.from(body, "base64");
}

function keep<T>(outcomes: readonly Outcome<T>[], onError: (error: Error, index: number) => void): T[] {
  return outcomes.flatMap((outcome, index) => {
    if (!(outcome instanceof Error)) return [outcome];
    onError(outcome, index);
    return [];
  });
}
