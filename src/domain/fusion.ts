import { compareUtf8 } from "./order.js";
import type { Match, MinSimilarity, Signals } from "./search.js";

/** The lists of one query that are ranked together, each best first; null where the query has no such list. */
export interface Lists {
  readonly image: readonly Match[] | null;
  readonly text: readonly Match[] | null;
  readonly lexical: readonly Match[] | null;
}

/** How much each list counts when lists are fused. */
export interface FusionWeights {
  /** Shared by the lists of pictures and words in equal parts. */
  readonly semantic: number;
  readonly lexical: number;
}

export interface Ranked {
  readonly id: string;
  readonly score: number;
  readonly similarity: number | null;
  readonly signals: Signals;
}

export const EVEN_WEIGHTS: FusionWeights = { semantic: 1, lexical: 1 };
export const NO_SIGNALS: Signals = {
  image: null,
  text: null,
  lexical: null,
  imageRank: null,
  textRank: null,
  lexicalRank: null,
  boost: null,
  pinned: false,
};

/** Cormack, Clarke and Büttcher, "Reciprocal Rank Fusion outperforms Condorcet", SIGIR 2009: k = 60. */
const RRF_K = 60;

/** Best first by score, then similarity, then id, so that equal scores have one order everywhere. */
function byScore(a: Ranked, b: Ranked): number {
  return b.score - a.score || (b.similarity ?? -1) - (a.similarity ?? -1) || compareUtf8(a.id, b.id);
}

/**
 * Orders the matches of a query. One list: by its own score. Several: by weighted reciprocal rank, Σ wᵢ / (60 + rankᵢ),
 * which needs no common scale between words, pictures and BM25. What has no picture, or no words, has the other's list count for
 * both: else what is far from the query in both would come before it. With a `minSimilarity`, a match without a cosine that
 * reaches it is dropped.
 */
export function rank(lists: Lists, minSimilarity: MinSimilarity | null, weights: FusionWeights = EVEN_WEIGHTS): Ranked[] {
  const merged = new Map<string, Signals>();
  const lacking = new Set<string>();
  for (const kind of ["image", "text", "lexical"] as const) {
    lists[kind]?.forEach(({ id, score, lacksOther }, i) => {
      merged.set(id, { ...(merged.get(id) ?? NO_SIGNALS), [kind]: score, [`${kind}Rank`]: i + 1 });
      if (lacksOther) lacking.add(id);
    });
  }
  const semanticLists = Number(lists.image !== null) + Number(lists.text !== null);
  const fused = semanticLists + Number(lists.lexical !== null) > 1;
  const ranked: Ranked[] = [];
  for (const [id, signals] of merged) {
    const { image, text, lexical, imageRank, textRank, lexicalRank } = signals;
    if (minSimilarity && !reaches(image, minSimilarity.image) && !reaches(text, minSimilarity.text)) continue;
    const semantic = weights.semantic / (semanticLists === 2 && !lacking.has(id) ? 2 : 1);
    const similarity = image === null ? text : Math.max(image, text ?? -1);
    const score = fused
      ? semantic * (reciprocal(imageRank) + reciprocal(textRank)) + weights.lexical * reciprocal(lexicalRank)
      : ((similarity ?? lexical) as number);
    ranked.push({ id, score, similarity, signals });
  }
  return ranked.sort(byScore);
}

function reaches(similarity: number | null, least: number): boolean {
  return similarity !== null && similarity >= least;
}

function reciprocal(rank: number | null): number {
  return rank === null ? 0 : 1 / (RRF_K + rank);
}
