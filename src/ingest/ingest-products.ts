import { badInput, type ErrorCode, LikenessError, orThrow } from "../domain/errors.js";
import type { EncodeOptions, Encoder, Outcome, PictureCopies, Pictures, ProductIndex } from "../domain/ports.js";
import type { Product, StoredProduct } from "../domain/product.js";
import { splitBatches } from "../domain/split-batches.js";
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

/**
 * Pictures by URL that are fetched before any of them is encoded: all are in memory until then, and one call may name 16,000, of ten
 * megabytes each.
 */
const MAX_DOWNLOADS = 64;

/** A product that is stored as it was given. */
interface Unchanged {
  readonly unchanged: Product;
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
    const encoded: Outcome<Unchanged | StoredProduct>[] = [];
    const seen = new Set<string>();
    for (const group of splitBatches(drafts, downloadsOf, { maxItems: MAX_PRODUCTS, maxBytes: MAX_DOWNLOADS })) {
      encoded.push(...(await this.encode(group, seen, signal)));
    }
    if (signal?.aborted) throw new LikenessError("TIMEOUT", "The request ended before its products were written; none was. Send it again.");
    const changed = encoded.filter((each) => !(each instanceof Error || "unchanged" in each)) as StoredProduct[];
    const written = changed.length > 0 ? await this.index.upsert(changed) : [];
    let next = 0;
    const results = encoded.map((each, i) => {
      const outcome = each instanceof Error || "unchanged" in each ? each : (written[next++] as Outcome<"created" | "updated">);
      if (outcome instanceof Error) return this.failed(i, (drafts[i] as ProductDraft).id, outcome, requestId);
      if (typeof outcome === "object") return succeeded("UNCHANGED", outcome.unchanged);
      return succeeded(outcome === "created" ? "CREATED" : "UPDATED", (each as StoredProduct).product);
    });
    for (const { status } of results) this.outcomes[status]++;
    return results;
  }

  /** What is to be stored of each draft. Of several with one id the first alone is looked at; `seen` holds the ids of those before. */
  private async encode(
    drafts: readonly ProductDraft[],
    seen: Set<string>,
    signal: AbortSignal | undefined,
  ): Promise<Outcome<Unchanged | StoredProduct>[]> {
    const options = { dimension: this.encoder.dimension, pictures: this.pictures, keepsCopies: this.copies !== null, signal };
    const prepared = await settleAll(drafts, (draft) => {
      checkDraft(draft);
      if (seen.has(draft.id)) throw badInput(`The id ${JSON.stringify(draft.id)} occurs twice in this call.`, ["id"]);
      seen.add(draft.id);
      return prepareDraft(draft, options);
    });
    const stored = await this.stored(prepared.filter((item): item is Prepared => !(item instanceof Error)));
    return await settleAll<Outcome<Prepared>, Unchanged | StoredProduct>(prepared, (outcome) => {
      const item = orThrow(outcome);
      const before = orThrow(stored.get(item) as Outcome<StoredProduct | null>);
      if (before && this.productEncoder.isStored(item, before)) return { unchanged: before.product };
      return this.productEncoder.encode(item, before, signal);
    });
  }

  /**
   * The stored version of each product, null where there is none; with embeddings only where one of these still holds: to read all of
   * them would cost more than the writing.
   */
  private async stored(items: readonly Prepared[]): Promise<Map<Prepared, Outcome<StoredProduct | null>>> {
    const idsOf = (some: readonly Prepared[]) => some.map(({ product }) => product.id);
    const found = await this.index.get(idsOf(items), false);
    const stored = new Map(items.map((item, i) => [item, found[i] as Outcome<StoredProduct | null>]));
    const kept = items.filter((item) => {
      const before = stored.get(item) ?? null;
      if (before === null || before instanceof Error || this.productEncoder.isStored(item, before)) return false;
      return this.productEncoder.keepsEmbedding(item, before);
    });
    // Null for one that was removed since: its embeddings went with it.
    const embedded = kept.length > 0 ? await this.index.get(idsOf(kept)) : [];
    kept.forEach((item, i) => {
      stored.set(item, embedded[i] as Outcome<StoredProduct | null>);
    });
    return stored;
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

function succeeded(status: IngestStatus, product: Product): IngestResult {
  return { id: product.id, status, product, error: null };
}

/** Beside a ready embedding nothing is downloaded. */
function downloadsOf({ embedding, images }: ProductDraft): number {
  return embedding ? 0 : images.filter((image) => "url" in image).length;
}
