import { type Embedding, toEmbedding } from "../domain/embedding.js";
import { atField, badInput } from "../domain/errors.js";
import type { Pictures } from "../domain/ports.js";
import type { Fingerprint, Product } from "../domain/product.js";
import { fingerprint, type PictureSource, type ProductDraft, toProduct } from "./product-draft.js";

const BASE64_FIELD = ["imageBase64"];

/** A draft whose pictures have been read and checked, ready to be encoded. */
export interface Prepared {
  readonly product: Product;
  /** Where the pictures came from, in the order of `pictures`. */
  readonly sources: readonly PictureSource[];
  readonly pictures: readonly Uint8Array[];
  readonly embedding: Embedding | null;
  readonly fingerprint: Fingerprint;
}

export interface PrepareOptions {
  readonly dimension: number;
  readonly pictures: Pictures;
  readonly keepsCopies: boolean;
  readonly signal: AbortSignal | undefined;
}

/** Makes a product of a draft, and reads its pictures. No promise where no picture is to be read: see `settleAll`. */
export function prepareDraft(draft: ProductDraft, options: PrepareOptions): Prepared | Promise<Prepared> {
  const embedding = draft.embedding ? toEmbedding(draft.embedding, options.dimension, ["embedding"]) : null;
  const here = draft.images.filter((source) => !("url" in source));
  // Beside a ready embedding copies alone are made of pictures, and for that nothing is downloaded.
  const used = !embedding || (options.keepsCopies && here.length === draft.images.length);
  // What came with the product is looked at in any case: whether a picture is a mistake does not hang on whether copies are kept.
  const sources = embedding ? here : draft.images;
  const product = toProduct(draft, new Date());
  const prepared = (read: readonly Uint8Array[]): Prepared => {
    const pictures = used ? read : [];
    return { product, sources, pictures, embedding, fingerprint: fingerprint(product, pictures, draft) };
  };
  return sources.length === 0 ? prepared([]) : Promise.all(sources.map((source) => read(source, options))).then(prepared);
}

async function read(source: PictureSource, { pictures, signal }: PrepareOptions): Promise<Uint8Array> {
  try {
    const bytes = "url" in source ? await pictures.fetch(source.url, signal) : await bytesOf(source);
    await pictures.check(bytes);
    return bytes;
  } catch (error) {
    const field = "base64" in source ? BASE64_FIELD : source.field;
    throw field ? atField(error, field) : error;
  }
}

async function bytesOf(source: Exclude<PictureSource, { url: string }>): Promise<Uint8Array> {
  if ("read" in source) return await source.read();
  return "bytes" in source ? source.bytes : fromBase64(source.base64);
}

function fromBase64(text: string): Uint8Array {
  const body = text.replace(/\s+/g, "").replace(/^data:[^,]*;base64,/i, "");
  if (body === "") throw badInput("imageBase64 is empty: give a picture, or leave it out.", BASE64_FIELD);
  if (!/^[A-Za-z0-9+/_-]+={0,2}$/.test(body)) {
    throw badInput("imageBase64 is not base64: letters, digits, + and / are allowed.", BASE64_FIELD);
  }
  return Buffer.from(body, "base64");
}
