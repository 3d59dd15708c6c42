import type { Embedding } from "../domain/embedding.js";
import { orThrow } from "../domain/errors.js";
import type { ProductIndex } from "../domain/ports.js";
import type { JudgedProduct } from "./evaluation-query.js";

/** A judged product with the embeddings that the index keeps of it. */
export interface EmbeddedProduct extends JudgedProduct {
  readonly imageEmbedding: Embedding | null;
  readonly textEmbedding: Embedding | null;
}

const BATCH = 500;

/** The products that the index has, in the order given. Throws what reading them throws. */
export async function readEmbedded(index: Pick<ProductIndex, "get">, products: readonly JudgedProduct[]): Promise<EmbeddedProduct[]> {
  const embedded: EmbeddedProduct[] = [];
  for (let at = 0; at < products.length; at += BATCH) {
    const batch = products.slice(at, at + BATCH);
    const stored = (await index.get(batch.map(({ id }) => id))).map(orThrow);
    stored.forEach((each, i) => {
      const product = batch[i] as JudgedProduct;
      if (each) embedded.push({ ...product, imageEmbedding: each.imageEmbedding, textEmbedding: each.textEmbedding });
    });
  }
  return embedded;
}
