import type { Embedding } from "./embedding.js";
import { badInput, type LikenessError } from "./errors.js";

export interface Money {
  readonly amount: number;
  /** ISO 4217, upper case. */
  readonly currency: string;
}

export interface ProductImage {
  /** Where the catalogue says it is; null for one that came as bytes. */
  readonly url: string | null;
  readonly alt: string | null;
  readonly width: number | null;
  readonly height: number | null;
  /** Name of the copy that the gateway keeps; absent where it keeps none. */
  readonly kept?: string;
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

/** Why an index of embeddings of this dimension cannot keep the product; null where it can. */
export function wrongDimension({ imageEmbedding, textEmbedding }: StoredProduct, dimension: number): LikenessError | null {
  const wrong = [imageEmbedding, textEmbedding].find((each) => each && each.length !== dimension);
  return wrong ? badInput(`An embedding of ${wrong.length} numbers was given; this index keeps ${dimension}.`) : null;
}

/** Start of the words that stand for a product when they are encoded; longer descriptions add noise, not meaning. */
const DESCRIPTION_CHARS = 200;

/**
 * The words of a product as one text for the encoder. Null when it has neither title nor description: brand and categories
 * are shared by many products, so alone they would make all of those one and the same hit.
 */
export function wordsOf(product: Pick<Product, "title" | "brand" | "categories" | "description">): string | null {
  if (!product.title.trim() && !product.description?.trim()) return null;
  return [product.title, product.brand, product.categories.join(", "), product.description?.slice(0, DESCRIPTION_CHARS)]
    .map((part) => part?.trim())
    .filter(Boolean)
    .join(". ");
}

/** A category and all that it lies in: `A/B/C` is in `A` and `A/B` too. */
function categoryPaths(category: string): string[] {
  const paths = [category];
  for (let slash = category.indexOf("/"); slash !== -1; slash = category.indexOf("/", slash + 1)) {
    if (slash > 0) paths.push(category.slice(0, slash));
  }
  return paths;
}

/** Every category of a product and all that these lie in, each once: what a category filter compares with. */
export function allCategoryPaths(product: Pick<Product, "categories">): string[] {
  return [...new Set(product.categories.flatMap(categoryPaths))];
}

/** All words of a product that a lexical search looks at; its title's are counted a second time by themselves. */
export function searchableWords(product: Product): string {
  const { title, brand, categories, attributes, description } = product;
  return [title, brand, ...categories, ...attributes.map(({ value }) => value), description].filter(Boolean).join("\n");
}
