import { cosine } from "./embedding.js";
import type { StoredProduct } from "./product.js";

/** A candidate: its score, the higher the better, and its product with the embeddings. */
interface Scored {
  readonly score: number;
  readonly stored: StoredProduct | null;
}

/** How many of the best are put in a new order; the rest follows as it was. Each step compares all of them. */
const DEPTH = 200;

/** Where a maximum of cosines begins: from 0, the opposite of all before would count no more than what has nothing to do with them. */
const LEAST_COSINE = -1;

/**
 * Maximal marginal relevance (Carbonell and Goldstein, "The Use of MMR", SIGIR 1998): next comes, of those left, what has the
 * greatest λ·relevance − (1 − λ)·(greatest cosine with what came before, `ahead` included). Relevance is the score scaled to
 * [0, 1] over the best 200. λ = 1 changes nothing; near 0 the next is always what is least like all before.
 */
export function diversify<T extends Scored>(candidates: readonly T[], lambda: number, ahead: readonly T[] = []): T[] {
  const left = candidates.slice(0, DEPTH);
  const scores = left.map(({ score }) => score);
  const [worst, best] = [Math.min(...scores), Math.max(...scores)];
  const open = left.map((candidate) => {
    const relevance = best > worst ? (candidate.score - worst) / (best - worst) : 1;
    return { candidate, relevance, likeness: LEAST_COSINE };
  });
  const comesAfter = ({ stored }: T) => {
    for (const each of open) each.likeness = Math.max(each.likeness, likenessOf(each.candidate.stored, stored));
  };
  ahead.forEach(comesAfter);
  const chosen: T[] = [];
  while (open.length > 0) {
    let next = 0;
    const value = ({ relevance, likeness }: { relevance: number; likeness: number }) => lambda * relevance - (1 - lambda) * likeness;
    open.forEach((each, i) => {
      if (value(each) > value(open[next] as typeof each)) next = i;
    });
    const [taken] = open.splice(next, 1) as [(typeof open)[number]];
    chosen.push(taken.candidate);
    comesAfter(taken.candidate);
  }
  return [...chosen, ...candidates.slice(DEPTH)];
}

/** Cosine of the pictures where both have one, else of the words; 0 for products that cannot be compared. */
function likenessOf(a: StoredProduct | null, b: StoredProduct | null): number {
  if (a?.imageEmbedding && b?.imageEmbedding) return cosine(a.imageEmbedding, b.imageEmbedding);
  return a?.textEmbedding && b?.textEmbedding ? cosine(a.textEmbedding, b.textEmbedding) : 0;
}
