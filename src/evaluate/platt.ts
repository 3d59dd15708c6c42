import { type RelevanceCurve, relevanceAt } from "../domain/relevance.js";

/** Pairs of a query and a product: their cosines, and whether the product is relevant (1) or not (0). */
export interface Pairs {
  readonly similarities: Float32Array;
  readonly relevant: Uint8Array;
}

const MAX_ROUNDS = 100;
const SMALL = 1e-10;
const BINS = 10;

/**
 * Fits a relevance curve to pairs by Platt's method (Platt 1999), with Newton's method and backtracking as in Lin, Lin and
 * Weng, "A note on Platt's probabilistic outputs for support vector machines", 2007. Relevant pairs weigh `prior` together
 * and the others 1 − `prior`, whatever their numbers: so a relevance means the same for every kind of pair.
 * Null where pairs of one sort are missing, or where relevance does not grow with the cosine.
 */
export function fitPlatt(pairs: Pairs, prior: number): RelevanceCurve | null {
  const { similarities, relevant } = pairs;
  const weights = weightsOf(pairs, prior);
  if (!weights) return null;
  const positives = relevant.reduce((sum, each) => sum + each, 0);
  // Platt's targets: not quite 1 and 0, so that pairs which a threshold divides without error still give a finite slope.
  const targets = { relevant: (positives + 1) / (positives + 2), other: 1 / (relevant.length - positives + 2) };
  const target = (i: number): number => (relevant[i] ? targets.relevant : targets.other);
  const weight = (i: number): number => (relevant[i] ? weights.relevant : weights.other);

  function loss({ slope, intercept }: RelevanceCurve): number {
    let sum = 0;
    for (let i = 0; i < similarities.length; i++) {
      const logit = slope * (similarities[i] as number) + intercept;
      // log(1 + exp(logit)) − target · logit, without overflow.
      sum += weight(i) * (Math.max(logit, 0) + Math.log1p(Math.exp(-Math.abs(logit))) - target(i) * logit);
    }
    return sum;
  }

  let curve: RelevanceCurve = { slope: 0, intercept: Math.log(prior / (1 - prior)) };
  let lossNow = loss(curve);
  for (let round = 0; round < MAX_ROUNDS; round++) {
    let [gradientSlope, gradientIntercept, h11, h12, h22] = [0, 0, SMALL, 0, SMALL];
    for (let i = 0; i < similarities.length; i++) {
      const x = similarities[i] as number;
      const p = relevanceAt(curve, x);
      const error = weight(i) * (p - target(i));
      const curvature = weight(i) * p * (1 - p);
      gradientSlope += error * x;
      gradientIntercept += error;
      h11 += curvature * x * x;
      h12 += curvature * x;
      h22 += curvature;
    }
    const determinant = h11 * h22 - h12 * h12;
    const stepSlope = -(h22 * gradientSlope - h12 * gradientIntercept) / determinant;
    const stepIntercept = -(h11 * gradientIntercept - h12 * gradientSlope) / determinant;
    let next = curve;
    let lossNext = Number.POSITIVE_INFINITY;
    for (let size = 1; size > SMALL && !(lossNext < lossNow); size /= 2) {
      next = { slope: curve.slope + size * stepSlope, intercept: curve.intercept + size * stepIntercept };
      lossNext = loss(next);
    }
    if (!(lossNext < lossNow)) break;
    const settled = lossNow - lossNext < SMALL;
    curve = next;
    lossNow = lossNext;
    if (settled) break;
  }
  return curve.slope > 0 ? curve : null;
}

/**
 * Expected calibration error over ten bins of equal width: the mean distance between the relevance that the curve tells and
 * the share of pairs that are relevant (Naeini, Cooper and Hauskrecht, "Obtaining Well Calibrated Probabilities Using
 * Bayesian Binning", AAAI 2015), pairs weighted as in `fitPlatt`. Null where pairs of one sort are missing.
 */
export function calibrationError(pairs: Pairs, curve: RelevanceCurve, prior: number): number | null {
  const weights = weightsOf(pairs, prior);
  if (!weights) return null;
  const difference = new Array<number>(BINS).fill(0);
  pairs.similarities.forEach((similarity, i) => {
    const told = relevanceAt(curve, similarity);
    const bin = Math.min(BINS - 1, Math.floor(told * BINS));
    const isRelevant = pairs.relevant[i] as number;
    difference[bin] = (difference[bin] as number) + (isRelevant ? weights.relevant : weights.other) * (told - isRelevant);
  });
  return difference.reduce((sum, each) => sum + Math.abs(each), 0);
}

/** The weight of one pair of each sort; all weights sum to 1. */
function weightsOf({ relevant }: Pairs, prior: number): { relevant: number; other: number } | null {
  const positives = relevant.reduce((sum, each) => sum + each, 0);
  const others = relevant.length - positives;
  return positives > 0 && others > 0 ? { relevant: prior / positives, other: (1 - prior) / others } : null;
}
