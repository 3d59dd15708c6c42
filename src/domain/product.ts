import type { Embedding } from "./embedding.js";

export interface Money {
  readonly amount: number;
  /** ISO 4217, upper case. */
  readonly currency: string;
}

export interface ProductImage {
  readonly url: string;
  readonly alt: string | null;
  readonly width: number | null;
  readonly height: number | null;
}

export interface Attribute {
  readonly name: string;
  readonly value: string;
}

/** What a shop sells, as clients see it. The field names are those of the GraphQL type. */
export interface Product {
  readonly id: string;
  /** Empty when the catalogue gave none. */
  readonly title: string;
  readonly description: string | null;
  readonly categories: readonly string[];
  readonly brand: string | null;
  readonly price: Money | null;
  readonly inStock: boolean | null;
  readonly url: string | null;
  readonly imageUrl: string | null;
  readonly images: readonly ProductImage[];
  readonly attributes: readonly Attribute[];
  readonly groupId: string | null;
  readonly updatedAt: Date;
}

/** Content hashes (hex) by which an ingest sees what changed since last time, and encodes that alone. */
export interface Fingerprint {
  readonly content: string;
  readonly image: string | null;
  readonly text: string | null;
}

/** A product as an index keeps it: with up to two embeddings, of its pictures and of its words. */
export interface StoredProduct {
  readonly product: Product;
  readonly imageEmbedding: Embedding | null;
  readonly textEmbedding: Embedding | null;
  readonly fingerprint: Fingerprint;
}

/** Start of the words that stand for a product when they are encoded; longer descriptions add noise, not meaning. */
const DESCRIPTION_CHARS = 200;

/** The words of a product as one text for the encoder, or null when it has none. */
export function wordsOf(product: Pick<Product, "title" | "brand" | "categories" | "description">): string | null {
  const words = [product.title, product.brand, product.categories.join(", "), product.description?.slice(0, DESCRIPTION_CHARS)]
    .map((part) => part?.trim())
    .filter(Boolean)
    .join(". ");
  return words || null;
}
