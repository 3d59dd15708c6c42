import type { Embedding } from "../domain/embedding.js";
import { orThrow } from "../domain/errors.js";
import type { Encoder } from "../domain/ports.js";

/** Fewer than may wait for an encoder at once. */
const BATCH = 500;

/** The embeddings of any number of texts, in order. Throws what encoding one of them throws. */
export async function encodeTexts(encoder: Pick<Encoder, "encodeTexts">, texts: readonly string[]): Promise<Embedding[]> {
  const embeddings: Embedding[] = [];
  for (let at = 0; at < texts.length; at += BATCH) {
    embeddings.push(...(await encoder.encodeTexts(texts.slice(at, at + BATCH))).map(orThrow));
  }
  return embeddings;
}
