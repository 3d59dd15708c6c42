import { average, type Embedding } from "../domain/embedding.js";
import { orThrow } from "../domain/errors.js";
import { type KeptPicture, keptNames } from "../domain/picture.js";
import type { Encoder, Outcome, PictureCopies } from "../domain/ports.js";
import { type StoredProduct, wordsOf } from "../domain/product.js";
import type { Prepared } from "./prepare-draft.js";
import { withCopies } from "./product-draft.js";

/** Makes prepared products ready to be stored. What is the same in the stored version is taken from there, and not encoded again. */
export class ProductEncoder {
  constructor(
    private readonly encoder: Encoder,
    /** Null where no copies of pictures are kept. */
    private readonly copies: PictureCopies | null,
  ) {}

  /**
   * Whether the product is stored as it is. One that was ingested while no copies of pictures were kept is not: to write it again
   * costs no encode.
   */
  isStored({ fingerprint, pictures }: Prepared, before: StoredProduct): boolean {
    const lacksCopies = this.copies !== null && pictures.length > 0 && keptNames(before.product).length === 0;
    return before.fingerprint.content === fingerprint.content && !lacksCopies;
  }

  /** Whether the product has an embedding in common with its stored version. */
  keepsEmbedding(item: Prepared, before: StoredProduct): boolean {
    const same = (kind: "image" | "text") => item.fingerprint[kind] !== null && isSame(kind, item, before);
    return same("text") || (item.embedding === null && same("image"));
  }

  /** No promise where there is nothing to encode: see `settleAll`. */
  encode(item: Prepared, before: StoredProduct | null, signal?: AbortSignal): StoredProduct | Promise<StoredProduct> {
    const { product, embedding, fingerprint } = item;
    if (item.pictures.length > 0 || fingerprint.text !== null) return this.encodeChanged(item, before, signal);
    return { product, imageEmbedding: embedding, textEmbedding: null, fingerprint };
  }

  /** Encodes only what differs from the stored product; a new price must not cost an encode. */
  private async encodeChanged(item: Prepared, before: StoredProduct | null, signal?: AbortSignal): Promise<StoredProduct> {
    const { fingerprint } = item;
    const same = (kind: "image" | "text") => before !== null && isSame(kind, item, before);
    const words = fingerprint.text === null ? null : wordsOf(item.product);
    const [imageEmbedding, textEmbedding, copies] = await Promise.all([
      item.embedding ?? (same("image") ? (before?.imageEmbedding ?? null) : this.encodePictures(item.pictures, signal)),
      same("text") ? (before?.textEmbedding ?? null) : words === null ? null : this.encodeWords(words, signal),
      this.keep(item, same("image") ? before : null),
    ]);
    const product = copies ? withCopies(item.product, item.sources, copies) : item.product;
    return { product, imageEmbedding, textEmbedding, fingerprint };
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
    return average(embeddings.map(orThrow));
  }

  private async encodeWords(words: string, signal?: AbortSignal): Promise<Embedding> {
    return orThrow((await this.encoder.encodeTexts([words], { signal }))[0] as Outcome<Embedding>);
  }
}

function isSame(kind: "image" | "text", { fingerprint }: Prepared, before: StoredProduct): boolean {
  return before.fingerprint[kind] === fingerprint[kind];
}

function keptCopies(stored: StoredProduct | null): KeptPicture[] {
  return (stored?.product.images ?? []).flatMap(({ kept, width, height }) =>
    kept && width !== null && height !== null ? [{ name: kept, width, height }] : [],
  );
}
