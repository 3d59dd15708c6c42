import type { DataType, Float32, Schema, Vector } from "apache-arrow";
import type { Embedding } from "../../domain/embedding.js";
import { listingKey } from "../../domain/order.js";
import { allCategoryPaths, type Product, type StoredProduct, searchableWords } from "../../domain/product.js";
import { tokenize } from "../../domain/words.js";
import { arrow } from "./arrow.js";

/** What a match tells of its product. */
export const MATCH_COLUMNS = ["id", "has_image_embedding", "has_text_embedding"];
/** Columns that make up a stored product again, and those of a match; the others are there to be filtered by. */
export const STORED_COLUMNS = [...MATCH_COLUMNS, "payload", "content_fingerprint", "image_fingerprint", "text_fingerprint"];
export const EMBEDDING_COLUMNS = ["image_embedding", "text_embedding"] as const;
/** Columns that full text search reads. */
export const WORD_COLUMNS = ["title_words", "words"] as const;
export type EmbeddingColumn = (typeof EMBEDDING_COLUMNS)[number];

/** A row as the table gives it back; lists are Arrow vectors. */
export interface Row {
  readonly id: string;
  readonly has_image_embedding: boolean;
  readonly has_text_embedding: boolean;
  readonly payload: string;
  readonly content_fingerprint: string;
  readonly image_fingerprint: string | null;
  readonly text_fingerprint: string | null;
  readonly image_embedding?: Vector<Float32> | null;
  readonly text_embedding?: Vector<Float32> | null;
}

/** One row per product; both embeddings are float32 of shape `[dimension]`, or null. */
export function productSchema(dimension: number): Schema {
  const { Bool, Field, FixedSizeList, Float32, Float64, List, Utf8 } = arrow;
  const required = (name: string, type: DataType) => new Field(name, type, false);
  const optional = (name: string, type: DataType) => new Field(name, type, true);
  const strings = () => new List(optional("item", new Utf8()));
  const embedding = () => new FixedSizeList(dimension, optional("item", new Float32()));
  return new arrow.Schema([
    required("id", new Utf8()),
    // Words that the engine's full text search reads: split and folded by ours, stemmed by its own.
    required("title_words", new Utf8()),
    required("words", new Utf8()),
    optional("title_key", new Utf8()),
    // With all that they lie in.
    required("categories", strings()),
    optional("brand", new Utf8()),
    optional("price_amount", new Float64()),
    optional("price_currency", new Utf8()),
    // 1 or 0: Arrow's JavaScript writes no buffer for a Bool column that is null throughout, which the engine refuses.
    optional("in_stock", new Float64()),
    required("updated_at", new Float64()),
    required("attributes", strings()),
    required("payload", new Utf8()),
    required("content_fingerprint", new Utf8()),
    optional("image_fingerprint", new Utf8()),
    optional("text_fingerprint", new Utf8()),
    // Counting these costs one bit a row, counting the embeddings themselves a read of all of them.
    required("has_image_embedding", new Bool()),
    required("has_text_embedding", new Bool()),
    optional("image_embedding", embedding()),
    optional("text_embedding", embedding()),
  ]);
}

/** One string for a name and a value; "=" and "%" in the name are escaped, so that no two attributes share one. */
export function attributeKey(name: string, value: string): string {
  return `${name.replaceAll("%", "%25").replaceAll("=", "%3D")}=${value}`;
}

/** The columns but the embeddings. `updated_at` is in milliseconds since 1970, which a float64 holds exactly. */
export function toRow({ product, imageEmbedding, textEmbedding, fingerprint }: StoredProduct): Record<string, unknown> {
  return {
    id: product.id,
    title_words: tokenize(product.title).join(" "),
    words: tokenize(searchableWords(product)).join(" "),
    title_key: listingKey(product, "TITLE"),
    categories: allCategoryPaths(product),
    brand: product.brand,
    price_amount: product.price?.amount ?? null,
    price_currency: product.price?.currency ?? null,
    in_stock: product.inStock === null ? null : Number(product.inStock),
    updated_at: product.updatedAt.getTime(),
    attributes: product.attributes.map(({ name, value }) => attributeKey(name, value)),
    payload: JSON.stringify(product),
    content_fingerprint: fingerprint.content,
    image_fingerprint: fingerprint.image,
    text_fingerprint: fingerprint.text,
    has_image_embedding: imageEmbedding !== null,
    has_text_embedding: textEmbedding !== null,
  };
}

/** The product of a row; an embedding whose column was not read is null. */
export function fromRow(row: Row): StoredProduct {
  const product = JSON.parse(row.payload) as Product & { updatedAt: string };
  return {
    product: { ...product, updatedAt: new Date(product.updatedAt) },
    imageEmbedding: toEmbedding(row.image_embedding),
    textEmbedding: toEmbedding(row.text_embedding),
    fingerprint: { content: row.content_fingerprint, image: row.image_fingerprint, text: row.text_fingerprint },
  };
}

/** A copy at once: to go through a vector number by number took most of the time in which a product is read. */
function toEmbedding(values: Vector<Float32> | null | undefined): Embedding | null {
  return values ? new Float32Array(values.toArray()) : null;
}
