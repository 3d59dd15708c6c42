import type { Embedding } from "../domain/embedding.js";
import type { Encoder } from "../domain/ports.js";
import type { EmbeddedProduct } from "./embedded-product.js";
import { encodeTexts } from "./encode-texts.js";
import { askFor, idsByCategory } from "./evaluation-query.js";
import { modalityGap } from "./modality-gap.js";
import { sample } from "./sample.js";
import { type ZeroShot, zeroShot } from "./zero-shot.js";

/** What the embeddings themselves say of a model, no search between. */
export interface SpaceReport {
  readonly categories: number;
  readonly zeroShot: ZeroShot | null;
  /** In [0, 2]; see `modalityGap`. */
  readonly modalityGap: number | null;
}

const MAX_GAP_PRODUCTS = 1000;

/** `products` have pictures; `templates` are texts of a category, `{}` standing for its name. */
export async function measureSpace(
  encoder: Pick<Encoder, "encodeTexts">,
  products: readonly EmbeddedProduct[],
  templates: readonly string[],
): Promise<SpaceReport> {
  const textsOf = new Map<string, readonly Embedding[]>();
  for (const category of idsByCategory(products).keys()) {
    const texts = templates.map((template) => askFor(category, template));
    textsOf.set(category, await encodeTexts(encoder, texts));
  }
  return { categories: textsOf.size, zeroShot: zeroShot(textsOf, products), modalityGap: await gapOf(encoder, products) };
}

/** The words of a product are its title, or its first category where it has none. */
async function gapOf(encoder: Pick<Encoder, "encodeTexts">, products: readonly EmbeddedProduct[]): Promise<number | null> {
  const paired = products.flatMap(({ id, title, categories, imageEmbedding }) => {
    const text = title || categories[0];
    return text && imageEmbedding ? [{ id, text, imageEmbedding }] : [];
  });
  const some = sample(paired, MAX_GAP_PRODUCTS, ({ id }) => id);
  const texts = [...new Set(some.map(({ text }) => text))];
  const embeddings = await encodeTexts(encoder, texts);
  const embeddingOf = new Map(texts.map((text, i) => [text, embeddings[i] as Embedding]));
  return modalityGap(
    some.map(({ imageEmbedding }) => imageEmbedding),
    some.map(({ text }) => embeddingOf.get(text) as Embedding),
  );
}
