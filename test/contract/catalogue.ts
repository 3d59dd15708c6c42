import { type Embedding, normalize } from "../../src/domain/embedding.js";
import type { Product, StoredProduct } from "../../src/domain/product.js";
import type { IndexQuery, Listing, ListOrder } from "../../src/domain/search.js";

export const DIMENSION = 16;
export const MODEL = { modelId: "test-model", dimension: DIMENSION };

/** Numbers in [0, 1) that are the same in every run (mulberry32). */
export function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

export function randomEmbedding(random: () => number, dimension = DIMENSION): Embedding {
  return normalize(Array.from({ length: dimension }, () => random() + random() + random() - 1.5));
}

export function product(id: string, over: Partial<Product> = {}): Product {
  return {
    id,
    title: `Product ${id}`,
    description: null,
    categories: [],
    brand: null,
    price: null,
    inStock: null,
    url: null,
    imageUrl: null,
    images: [],
    attributes: [],
    groupId: null,
    updatedAt: new Date("2024-01-01T00:00:00Z"),
    ...over,
  };
}

export function stored(id: string, over: Partial<Product> = {}, embeddings: Partial<StoredProduct> = {}): StoredProduct {
  const fingerprint = { content: `content of ${id}`, image: null, text: `text of ${id}` };
  return { product: product(id, over), imageEmbedding: null, textEmbedding: null, fingerprint, ...embeddings };
}

/** Products in which each field is sometimes missing; every sixth has no picture, every seventh no words. */
export function catalogue(size: number, seed = 1): StoredProduct[] {
  const random = randomNumbers(seed);
  return Array.from({ length: size }, (_, i) =>
    stored(
      `p${i}`,
      {
        categories: i % 4 === 0 ? [] : [`c${i % 3}`, `c${i % 5}`, ...(i % 4 === 1 ? ["top/middle/low"] : [])],
        brand: i % 5 === 0 ? null : `b${i % 7}`,
        price: i % 6 === 0 ? null : { amount: (i % 50) + 0.5, currency: i % 2 ? "EUR" : "USD" },
        inStock: i % 3 === 0 ? null : i % 3 === 1,
        attributes:
          i % 2
            ? [
                { name: "colour", value: i % 4 === 1 ? "red" : "blue" },
                { name: "size", value: `${i % 3}` },
              ]
            : [],
        updatedAt: new Date(Date.UTC(2024, 0, 1 + (i % 28), 0, 0, 0, 123)),
      },
      {
        imageEmbedding: i % 6 === 5 ? null : randomEmbedding(random),
        textEmbedding: i % 7 === 6 ? null : randomEmbedding(random),
      },
    ),
  );
}

export function query(over: Partial<IndexQuery> = {}): IndexQuery {
  return {
    order: byId,
    filter: null,
    excludeIds: [],
    limit: 10,
    withTotal: false,
    withProducts: false,
    withEmbeddings: false,
    ...over,
  };
}

export const byId: Listing = { kind: "listing", by: "ID", reverse: false, backwards: false, after: null };

export function by(kind: "image" | "text", embedding: Embedding): ListOrder {
  return { kind, embedding };
}

/** Products whose words a lexical search is tried on. */
export const SHOP: readonly StoredProduct[] = [
  stored("tripod", { title: "Camera Tripod", brand: "Manfrotto", description: "Holds cameras steady." }),
  stored("camera", { title: "Instant Camera", brand: "Polaroid", categories: ["Electronics/Photo"] }),
  stored("bag", { title: "Leather bag", description: "A bag for a camera and its tripod, or for a picnic.", categories: ["Bags"] }),
  stored("shoe", { title: "Running shoes", brand: "Nike", attributes: [{ name: "colour", value: "crimson" }] }),
  stored("cafe", { title: "Café table", description: "For two; not a tripod." }),
  stored("red-shirt", { title: "Red shirt", description: "Cotton." }),
  stored("shirt-red", { title: "Shirt, striped, red", description: "Cotton." }),
  stored("nameless", { title: "" }),
];
