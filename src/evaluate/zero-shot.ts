import { average, cosine, type Embedding } from "../domain/embedding.js";
import type { EmbeddedProduct } from "./embedded-product.js";

export interface ZeroShot {
  readonly pictures: number;
  readonly categories: number;
  /** The share of pictures whose nearest category is one of their own. */
  readonly top1: number;
}

/**
 * How often a picture is nearest to the words of its own category (zero-shot classification as in Radford et al.,
 * "Learning Transferable Visual Models From Natural Language Supervision", 2021; the embeddings of a category's several
 * texts are averaged). Null without pictures that have a category.
 */
export function zeroShot(textsOf: ReadonlyMap<string, readonly Embedding[]>, products: readonly EmbeddedProduct[]): ZeroShot | null {
  const classes = [...textsOf].map(([category, texts]) => ({
    category,
    embedding: average(texts),
  }));
  const judged = products.filter(({ imageEmbedding, categories }) => imageEmbedding && categories.length > 0);
  if (judged.length === 0 || classes.length === 0) return null;
  const right = judged.filter(({ imageEmbedding, categories }) => {
    let best = { category: "", similarity: -2 };
    for (const { category, embedding } of classes) {
      const similarity = cosine(imageEmbedding as Embedding, embedding);
      if (similarity > best.similarity) best = { category, similarity };
    }
    return categories.includes(best.category);
  });
  return { pictures: judged.length, categories: classes.length, top1: right.length / judged.length };
}
