import type { Embedding } from "../domain/embedding.js";

/**
 * How far apart the pictures and the words of the same products lie as a whole, in [0, 2]: ‖mean(pictures) − mean(words)‖.
 * Liang et al., "Mind the Gap: Understanding the Modality Gap in Multi-modal Contrastive Representation Learning", 2022.
 * Null where one of the lists is empty.
 */
export function modalityGap(pictures: readonly Embedding[], words: readonly Embedding[]): number | null {
  const [a, b] = [centre(pictures), centre(words)];
  return a && b && Math.hypot(...a.map((value, i) => value - (b[i] as number)));
}

function centre(embeddings: readonly Embedding[]): number[] | null {
  const [first] = embeddings;
  if (!first) return null;
  const sum = new Array<number>(first.length).fill(0);
  for (const embedding of embeddings) embedding.forEach((value, i) => (sum[i] = (sum[i] as number) + value));
  return sum.map((value) => value / embeddings.length);
}
