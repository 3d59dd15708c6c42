import type { Signals } from "./search.js";

/** One match of one list: an id and its cosine, best first. */
export interface Match {
  readonly id: string;
  readonly similarity: number;
}

export interface Ranked {
  readonly id: string;
  readonly score: number;
  readonly similarity: number;
  readonly signals: Signals;
}

/** Cormack, Clarke and Büttcher, "Reciprocal Rank Fusion outperforms Condorcet", SIGIR 2009: k = 60. */
const RRF_K = 60;

/** Best first by score, then similarity, then id, so that equal scores have one order everywhere. */
function byScore(a: Ranked, b: Ranked): number {
  return b.score - a.score || b.similarity - a.similarity || (a.id < b.id ? -1 : 1);
}

/**
 * Orders the matches of a query. One list: by cosine. Two lists: by reciprocal rank, Σ 1 / (60 + rank), which needs no
 * common scale between words and pictures. Matches whose best cosine is below `minSimilarity` are dropped.
 */
export function rank(image: readonly Match[] | null, text: readonly Match[] | null, minSimilarity: number | null): Ranked[] {
  const merged = new Map<string, { image: number | null; text: number | null; imageRank: number | null; textRank: number | null }>();
  image?.forEach(({ id, similarity }, i) => {
    merged.set(id, { image: similarity, text: null, imageRank: i + 1, textRank: null });
  });
  text?.forEach(({ id, similarity }, i) => {
    const other = merged.get(id);
    if (other) Object.assign(other, { text: similarity, textRank: i + 1 });
    else merged.set(id, { image: null, text: similarity, imageRank: null, textRank: i + 1 });
  });
  const fused = image !== null && text !== null;
  const ranked: Ranked[] = [];
  for (const [id, signals] of merged) {
    const similarity = Math.max(signals.image ?? -1, signals.text ?? -1);
    if (minSimilarity !== null && similarity < minSimilarity) continue;
    const score = fused ? reciprocal(signals.imageRank) + reciprocal(signals.textRank) : similarity;
    ranked.push({ id, score, similarity, signals });
  }
  return ranked.sort(byScore);
}

function reciprocal(rank: number | null): number {
  return rank === null ? 0 : 1 / (RRF_K + rank);
}
