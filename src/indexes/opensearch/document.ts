import { hash } from "node:crypto";
import type { Embedding } from "../../domain/embedding.js";
import { listingKey } from "../../domain/order.js";
import { allCategoryPaths, type Fingerprint, type Product, type StoredProduct, searchableWords } from "../../domain/product.js";
import { tokenize } from "../../domain/words.js";

/** The server refuses longer ids. */
const MAX_ID_BYTES = 512;
const NAME_HASH_CHARS = 32;
/** A term of the server ends at 32,766 bytes, and a character takes four at most. */
export const MAX_TERM_CHARS = 8_191;

/** The exact embeddings, as base64 of little-endian float32; stored apart, so that reading a product does not read them. */
export const STORED_EMBEDDINGS = ["stored_image_embedding", "stored_text_embedding"] as const;

/** What `_source` of a product's document holds when it is read; the embeddings are only sent, to be indexed. */
export interface ProductSource {
  readonly product: Product & { readonly updatedAt: string | Date };
  readonly fingerprint: Fingerprint;
}

/** A hit or a document as the server answers it. */
export interface RawDocument {
  readonly _id: string;
  readonly _source?: unknown;
  readonly fields?: Partial<Record<string, readonly string[]>>;
}

/** The document id of a product: its own id, or a hash of one that the server refuses, because it is too long or empty. */
export function documentId(id: string): string {
  return id !== "" && Buffer.byteLength(id) <= MAX_ID_BYTES ? id : hash("sha256", id);
}

/**
 * One string for a name and a value that no other pair has. It begins with a hash of the name and ends in the value as it is,
 * so that the keys of one attribute stand in the order of its values, and one pattern finds them however long the name.
 */
export function attributeKey(name: string, value: string): string {
  return nameHash(name) + value;
}

/** The value of an attribute's key. */
export function valueOfKey(key: string): string {
  return key.slice(NAME_HASH_CHARS);
}

/** What the keys of an attribute begin with: 128 bits, in digits and the letters a to f. */
export function nameHash(name: string): string {
  return hash("sha256", name).slice(0, NAME_HASH_CHARS);
}

/** As much of a listing's key as a term holds: folding makes 18 characters of one such as \ufdfa, and a title of 2,000 is allowed. */
export function titleTerm(key: string): string {
  return key.slice(0, MAX_TERM_CHARS).replace(/[\ud800-\udbff]$/, "");
}

/** The document of a product; `asBytes`: its embeddings are indexed as bytes. */
export function toDocument(item: StoredProduct, asBytes: boolean): Record<string, unknown> {
  const { product, imageEmbedding, textEmbedding, fingerprint } = item;
  const title = listingKey(product, "TITLE");
  return {
    product,
    fingerprint,
    attributes: product.attributes.map(({ name, value }) => attributeKey(name, value)),
    category_paths: allCategoryPaths(product),
    title_key: title && titleTerm(String(title)),
    title_words: tokenize(product.title).join(" "),
    words: tokenize(searchableWords(product)).join(" "),
    ...(imageEmbedding && { image_embedding: toNumbers(imageEmbedding, asBytes), stored_image_embedding: toBase64(imageEmbedding) }),
    ...(textEmbedding && { text_embedding: toNumbers(textEmbedding, asBytes), stored_text_embedding: toBase64(textEmbedding) }),
  };
}

/** The product of a document; embeddings that were not asked for are null. */
export function fromDocument({ _source, fields }: RawDocument): StoredProduct {
  const { product, fingerprint } = _source as ProductSource;
  return {
    product: { ...product, updatedAt: new Date(product.updatedAt) },
    imageEmbedding: fromBase64(fields?.["stored_image_embedding"]?.[0]),
    textEmbedding: fromBase64(fields?.["stored_text_embedding"]?.[0]),
    fingerprint,
  };
}

/** An embedding's numbers are sent with so many parts of one: finer than float32 is for numbers of a hundredth, and half as many bytes as all. */
const PARTS = 1e9;

/** An embedding as the server takes it: shape `[dimension]`, as bytes each in [-127, 127], whose scale the cosine ignores. */
export function toNumbers(embedding: Embedding, asBytes: boolean): number[] {
  const [scale, unit] = asBytes ? [127 / largestOf(embedding), 1] : [PARTS, PARTS];
  // A loop, because Array.from with a function takes several times as long, for every search and every product.
  const numbers = new Array<number>(embedding.length);
  for (let i = 0; i < numbers.length; i++) numbers[i] = Math.round((embedding[i] as number) * scale) / unit;
  return numbers;
}

function largestOf(embedding: Embedding): number {
  return embedding.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
}

function toBase64(embedding: Embedding): string {
  return Buffer.from(embedding.buffer, embedding.byteOffset, embedding.byteLength).toString("base64");
}

function fromBase64(text: string | undefined): Embedding | null {
  // A copy, because a buffer of Node's pool need not begin where a float may.
  return text === undefined ? null : new Float32Array(Uint8Array.from(Buffer.from(text, "base64")).buffer);
}
