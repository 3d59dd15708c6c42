import { average, type Embedding } from "../domain/embedding.js";
import { LikenessError, orThrow } from "../domain/errors.js";
import { keptNames } from "../domain/picture.js";
import type { Encoder, Outcome, PictureCopies, ProductIndex, ReadableIndex } from "../domain/ports.js";
import { type Fingerprint, type StoredProduct, wordsOf } from "../domain/product.js";
import { productPages } from "../domain/product-pages.js";

/** Products encoded and written at a time: what is lost by a kill, at most. */
const BATCH = 64;

/** Put before the content hash of a product whose pictures could not all be encoded again, so that its next ingest encodes them. */
const LACKING = "lacking pictures ";

/** Products whose pictures were encoded once and cannot be again: no copy of them is kept, or they came as a ready embedding. */
export interface Lacking {
  readonly products: number;
  /** Those of them that have no words either: nothing at all is left to find them by. */
  readonly wordless: number;
  /** Some of their ids. */
  readonly examples: readonly string[];
}

export interface PassReport {
  readonly encoded: number;
  readonly lacking: Lacking;
}

/** What a pass has done so far. */
export interface PassProgress {
  readonly compared: number;
  readonly encoded: number;
}

/** The use case: fills one index with the products of another, encoded anew by another model from kept pictures and words. */
export class ReencodeProducts {
  constructor(
    private readonly from: ReadableIndex,
    private readonly to: ProductIndex,
    private readonly encoder: Encoder,
    /** Null where no copies are kept: all that was told by pictures is then lacking. */
    private readonly copies: Pick<PictureCopies, "read"> | null,
  ) {}

  /** What would be lost, told by the products alone, before anything is encoded. */
  async foresee(): Promise<Lacking> {
    const lacking = new LackingCount();
    for await (const page of productPages(this.from)) {
      for (const stored of page) {
        const { fingerprint, product } = stored;
        if (fingerprint.image !== null && (this.copies === null || keptNames(product).length === 0)) lacking.add(stored);
      }
    }
    return lacking;
  }

  /**
   * Makes `to` hold what `from` holds. What it has already is not encoded again, so a pass that was interrupted goes on, and
   * another one after it catches up with what was written meanwhile. Throws when the encoder or an index fails.
   */
  async pass(onProgress: (progress: PassProgress) => void): Promise<PassReport> {
    const lacking = new LackingCount();
    let compared = 0;
    let encoded = 0;
    for await (const page of productPages(this.from)) {
      const copies = await getAll(this.to, page);
      const changed: StoredProduct[] = [];
      page.forEach((original, i) => {
        const copy = copies[i];
        if (!copy || !isOf(copy, original)) changed.push(original);
        else if (isLacking(copy)) lacking.add(copy);
      });
      for (let at = 0; at < changed.length; at += BATCH) {
        const batch = await this.encode(changed.slice(at, at + BATCH));
        for (const outcome of await this.to.upsert(batch)) orThrow(outcome);
        for (const each of batch) if (isLacking(each)) lacking.add(each);
        encoded += batch.length;
        onProgress({ compared: compared + at, encoded });
      }
      compared += page.length;
      onProgress({ compared, encoded });
    }
    await this.removeGone();
    return { encoded, lacking };
  }

  /** Removes the products that `from` no longer has. */
  private async removeGone(): Promise<void> {
    for await (const page of productPages(this.to)) {
      const originals = await getAll(this.from, page);
      const gone = page.flatMap(({ product }, i) => (originals[i] ? [] : [product.id]));
      if (gone.length === 0) continue;
      for (const outcome of await this.to.delete(gone)) orThrow(outcome);
    }
  }

  private async encode(originals: readonly StoredProduct[]): Promise<StoredProduct[]> {
    const [images, texts] = await Promise.all([this.encodePictures(originals), this.encodeWords(originals)]);
    return originals.map(({ product, fingerprint }, i) => {
      const { embedding, whole } = images[i] as EncodedPictures;
      return {
        product,
        imageEmbedding: embedding,
        textEmbedding: texts[i] ?? null,
        fingerprint: whole ? fingerprint : marked(fingerprint),
      };
    });
  }

  private async encodePictures(originals: readonly StoredProduct[]): Promise<EncodedPictures[]> {
    const read = await Promise.all(
      originals.map(({ product }) => Promise.all(keptNames(product).map(async (name) => (await this.copies?.read(name)) ?? null))),
    );
    const there = read.flat().filter((each) => each !== null);
    const encoded = (there.length > 0 ? await this.encoder.encodeImages(there) : []).values();
    return originals.map(({ fingerprint }, i) => {
      const embeddings = (read[i] ?? []).flatMap((bytes) => (bytes === null ? [] : (readable(encoded.next().value) ?? [])));
      const wanted = fingerprint.image === null ? 0 : Math.max(1, read[i]?.length ?? 0);
      const embedding = embeddings.length > 0 ? average(embeddings) : null;
      return { embedding, whole: embeddings.length >= wanted };
    });
  }

  private async encodeWords(originals: readonly StoredProduct[]): Promise<(Embedding | null)[]> {
    const words = originals.map(({ product }) => wordsOf(product));
    const given = words.filter((each) => each !== null);
    const encoded = (given.length > 0 ? await this.encoder.encodeTexts(given) : []).values();
    return words.map((each) => (each === null ? null : orThrow(encoded.next().value as Outcome<Embedding>)));
  }
}

interface EncodedPictures {
  readonly embedding: Embedding | null;
  /** False where a picture that the product once had could not be encoded. */
  readonly whole: boolean;
}

const MAX_EXAMPLES = 5;

class LackingCount implements Lacking {
  products = 0;
  wordless = 0;
  readonly examples: string[] = [];

  add({ product }: StoredProduct): void {
    this.products += 1;
    if (wordsOf(product) === null) this.wordless += 1;
    if (this.examples.length < MAX_EXAMPLES) this.examples.push(product.id);
  }
}

/** Whether a product of the new index was made of this one as it is now: every write of a product gives it another time. */
function isOf(copy: StoredProduct, original: StoredProduct): boolean {
  const content = original.fingerprint.content;
  const sameContent = copy.fingerprint.content === content || copy.fingerprint.content === LACKING + content;
  return sameContent && copy.product.updatedAt.getTime() === original.product.updatedAt.getTime();
}

function isLacking({ fingerprint }: StoredProduct): boolean {
  return fingerprint.content.startsWith(LACKING);
}

function marked({ content, text }: Fingerprint): Fingerprint {
  return { content: content.startsWith(LACKING) ? content : LACKING + content, image: null, text };
}

async function getAll(index: ReadableIndex, page: readonly StoredProduct[]): Promise<(StoredProduct | null)[]> {
  const found = await index.get(
    page.map(({ product }) => product.id),
    false,
  );
  return found.map(orThrow);
}

/** The embedding of a copy; null for one that cannot be decoded any more. */
function readable(outcome: Outcome<Embedding> | undefined): Embedding | null {
  if (outcome instanceof LikenessError && outcome.code === "NOT_AN_IMAGE") return null;
  return orThrow(outcome as Outcome<Embedding>);
}
