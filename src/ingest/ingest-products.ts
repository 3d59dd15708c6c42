import { badInput, type ErrorCode, LikenessError, orThrow } from "../domain/errors.js";
import type { EncodeOptions, Encoder, Outcome, PictureCopies, Pictures, ProductIndex } from "../domain/ports.js";
import type { Product, StoredProduct } from "../domain/product.js";
import type { Logger } from "../log.js";
import { ProductEncoder } from "./encode-product.js";
import { type Prepared, prepareDraft } from "./prepare-draft.js";
import { checkDraft, type ProductDraft } from "./product-draft.js";
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

/** A product that differs from what is stored. */
interface Changed {
  /** Position in the input, from 0. */
  readonly index: number;
  readonly item: Prepared;
  /** What is stored, without its embeddings; null for a new product. */
  readonly before: StoredProduct | null;
}

/** The use case: validate → encode what changed → upsert → one outcome per product, in the order of the input. */
export class IngestProducts {
  /** Products by what became of them, since the start. */
  readonly outcomes: Record<IngestStatus, number> = { CREATED: 0, UPDATED: 0, UNCHANGED: 0, FAILED: 0 };

  private readonly productEncoder: ProductEncoder;

  constructor(
    private readonly encoder: Encoder,
    private readonly index: ProductIndex,
    private readonly pictures: Pictures,
    private readonly log: Logger,
    /** Null where no copies of pictures are kept. */
    private readonly copies: PictureCopies | null = null,
  ) {
    this.productEncoder = new ProductEncoder(encoder, copies);
  }

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
    const succeed = (index: number, status: IngestStatus, product: Product) => {
      results[index] = { id: product.id, status, product, error: null };
    };
    const good: Omit<Changed, "before">[] = [];
    (await this.prepare(drafts, signal)).forEach((item, index) => {
      if (item instanceof Error) fail(index, item);
      else good.push({ index, item });
    });
    const stored = await this.index.get(
      good.map(({ item }) => item.product.id),
      false,
    );
    const changed: Changed[] = [];
    good.forEach(({ index, item }, i) => {
      const before = stored[i] as Outcome<StoredProduct | null>;
      if (before instanceof Error) fail(index, before);
      else if (before && this.productEncoder.isStored(item, before)) succeed(index, "UNCHANGED", before.product);
      else changed.push({ index, item, before });
    });
    const known = await this.withEmbeddings(changed);
    const encoded = await settleAll(changed, ({ item }, i) =>
      this.productEncoder.encode(item, orThrow(known[i] as Outcome<StoredProduct | null>), signal),
    );
    const ready: { readonly index: number; readonly stored: StoredProduct }[] = [];
    encoded.forEach((stored, i) => {
      const { index } = changed[i] as Changed;
      if (stored instanceof Error) fail(index, stored);
      else ready.push({ index, stored });
    });
    if (signal?.aborted) throw new LikenessError("TIMEOUT", "The request ended before its products were written; none was. Send it again.");
    const written = ready.length > 0 ? await this.index.upsert(ready.map(({ stored }) => stored)) : [];
    ready.forEach(({ index, stored: { product } }, i) => {
      const outcome = written[i] as Outcome<"created" | "updated">;
      if (outcome instanceof Error) fail(index, outcome);
      else succeed(index, outcome === "created" ? "CREATED" : "UPDATED", product);
    });
    for (const { status } of results) this.outcomes[status]++;
    return results;
  }

  /** Of several drafts with one id the first alone is looked at. */
  private prepare(drafts: readonly ProductDraft[], signal: AbortSignal | undefined): Promise<Outcome<Prepared>[]> {
    const options = { dimension: this.encoder.dimension, pictures: this.pictures, keepsCopies: this.copies !== null, signal };
    const seen = new Set<string>();
    return settleAll(drafts, (draft) => {
      checkDraft(draft);
      if (seen.has(draft.id)) throw badInput(`The id ${JSON.stringify(draft.id)} occurs twice in this call.`, ["id"]);
      seen.add(draft.id);
      return prepareDraft(draft, options);
    });
  }

  /** The stored products, with embeddings only where one of these still holds: to read all of them would cost more than the writing. */
  private async withEmbeddings(changed: readonly Changed[]): Promise<Outcome<StoredProduct | null>[]> {
    const kept = changed.filter(({ item, before }) => before !== null && this.productEncoder.keepsEmbedding(item, before));
    const ids = kept.map(({ item }) => item.product.id);
    const read = ids.length > 0 ? await this.index.get(ids) : [];
    const byId = new Map(ids.map((id, i) => [id, read[i] as Outcome<StoredProduct | null>]));
    return changed.map(({ item, before }) => byId.get(item.product.id) ?? before);
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
