import type { MinSimilarity, Signals } from "./search.js";

/**
 * What a model's cosine says of relevance: relevance = 1 / (1 + exp(-(slope · cosine + intercept))), in [0, 1].
 * Fitted on pairs of known relevance: J. Platt, "Probabilistic Outputs for Support Vector Machines and Comparisons to
 * Regularized Likelihood Methods", 1999. The slope is above 0: a nearer product is never less relevant.
 */
export interface RelevanceCurve {
  readonly slope: number;
  readonly intercept: number;
}

/** A model's curves by what is compared with what; null where the model has none. */
export interface Calibration {
  readonly wordToImage: RelevanceCurve | null;
  readonly imageToImage: RelevanceCurve | null;
  readonly wordToText: RelevanceCurve | null;
}

/** The curves that apply to one query's cosines with pictures and with words. */
export interface QueryCurves {
  readonly image: RelevanceCurve | null;
  readonly text: RelevanceCurve | null;
}

/**
 * `hasPicture`: whether the query is a picture or holds one. A mix of words and a picture lies nearer to pictures than words
 * do, so it is judged as a picture: on photos of clothes and groceries its calibration error was .03 and .02 so, .16 and .13
 * by the curve of words.
 */
export function curvesOf({ wordToImage, imageToImage, wordToText }: Calibration, hasPicture: boolean): QueryCurves {
  return hasPicture ? { image: imageToImage, text: null } : { image: wordToImage, text: wordToText };
}

/** What a curve makes of a cosine, in [0, 1]. */
export function relevanceAt({ slope, intercept }: RelevanceCurve, similarity: number): number {
  return 1 / (1 + Math.exp(-(slope * similarity + intercept)));
}

/** The cosine at which a curve reaches a relevance; infinite for the relevances 0 and 1, which no cosine reaches. */
export function similarityAt({ slope, intercept }: RelevanceCurve, relevance: number): number {
  return (Math.log(relevance / (1 - relevance)) - intercept) / slope;
}

/** The relevance of a hit: the best of what its signals say. Null where no curve applies to any of them. */
export function relevanceOf(signals: Pick<Signals, "image" | "text">, curves: QueryCurves): number | null {
  const said = (["image", "text"] as const).flatMap((kind) => {
    const [curve, similarity] = [curves[kind], signals[kind]];
    return curve && similarity !== null ? [relevanceAt(curve, similarity)] : [];
  });
  return said.length > 0 ? Math.max(...said) : null;
}

/** A hit's own relevance, given back as `minRelevance`, must let this hit through in spite of the rounding of its cosine. */
const ROUNDING = 1e-9;
/** The same for the rounding of the relevance, as a share of it: where a curve is flat, near 1, its last digits tell cosines apart. */
const RELEVANCE_ROUNDING = 4 * Number.EPSILON;
/** Above every cosine: nothing passes. */
const NEVER = 2;

/**
 * The cosines with pictures and with words at which a product reaches `minRelevance` or `minSimilarity`, whichever is
 * more; null where neither is given. A signal without a curve never reaches a relevance.
 */
export function cutOffs(minSimilarity: number | null, minRelevance: number | null, curves: QueryCurves | null): MinSimilarity | null {
  if (minSimilarity === null && minRelevance === null) return null;
  const cutOff = (curve: RelevanceCurve | null | undefined): number => {
    const reached = minRelevance === null ? -1 : curve ? similarityAt(curve, minRelevance * (1 - RELEVANCE_ROUNDING)) - ROUNDING : NEVER;
    return Math.min(NEVER, Math.max(-1, reached, minSimilarity ?? -1));
  };
  return { image: cutOff(curves?.image), text: cutOff(curves?.text) };
}
