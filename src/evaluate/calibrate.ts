import { cosine, type Embedding } from "../domain/embedding.js";
import type { Calibration, RelevanceCurve } from "../domain/relevance.js";
import type { EmbeddedProduct } from "./embedded-product.js";
import type { EvaluationQuery } from "./evaluation-query.js";
import { calibrationError, fitPlatt, type Pairs } from "./platt.js";
import { halves, sample } from "./sample.js";

/** A query with its embedding, ready to be paired with products. */
export interface EmbeddedQuery {
  readonly query: EvaluationQuery;
  readonly embedding: Embedding;
}

/** The pairs of one half of the products, by the curve that they are for. */
export type PairsByCurve = Readonly<Record<keyof Calibration, Pairs>>;

export const CURVES = ["wordToImage", "imageToImage", "wordToText"] as const satisfies readonly (keyof Calibration)[];

/** More products or queries make no better curve of two numbers, and pairs grow with their square. */
const MAX_PRODUCTS = 1500;
const MAX_QUERIES = 500;

/**
 * All pairs of a text query with a product, and of two products, for each half of the products: the first half is to fit
 * curves, the second to check them. `products` are those of which two are relevant to each other when they share a category.
 */
export function pairsOf(words: readonly EmbeddedQuery[], products: readonly EmbeddedProduct[]): [PairsByCurve, PairsByCurve] {
  const texts = sample(words, MAX_QUERIES, ({ query }) => query.name);
  return halves(products, ({ id }) => id).map((half) => {
    const some = sample(half, MAX_PRODUCTS, ({ id }) => id);
    return {
      wordToImage: wordPairs(texts, some, "imageEmbedding"),
      imageToImage: picturePairs(some),
      wordToText: wordPairs(texts, some, "textEmbedding"),
    };
  }) as [PairsByCurve, PairsByCurve];
}

function wordPairs(
  words: readonly EmbeddedQuery[],
  products: readonly EmbeddedProduct[],
  field: "imageEmbedding" | "textEmbedding",
): Pairs {
  const targets = products.filter((product) => product[field] !== null);
  const pairs = emptyPairs(words.length * targets.length);
  words.forEach(({ query, embedding }, q) => {
    targets.forEach((product, p) => {
      const at = q * targets.length + p;
      pairs.similarities[at] = cosine(embedding, product[field] as Embedding);
      pairs.relevant[at] = query.relevant.has(product.id) ? 1 : 0;
    });
  });
  return pairs;
}

function picturePairs(products: readonly EmbeddedProduct[]): Pairs {
  const pictured = products.filter(({ imageEmbedding, categories }) => imageEmbedding && categories.length > 0);
  const pairs = emptyPairs((pictured.length * (pictured.length - 1)) / 2);
  let at = 0;
  pictured.forEach((a, i) => {
    for (const b of pictured.slice(i + 1)) {
      pairs.similarities[at] = cosine(a.imageEmbedding as Embedding, b.imageEmbedding as Embedding);
      pairs.relevant[at++] = a.categories.some((category) => b.categories.includes(category)) ? 1 : 0;
    }
  });
  return pairs;
}

function emptyPairs(size: number): Pairs {
  return { similarities: new Float32Array(size), relevant: new Uint8Array(size) };
}

/** How well one curve tells the share of relevant pairs, on pairs that it was not fitted to. */
export interface CurveReport {
  readonly curve: RelevanceCurve;
  readonly pairs: number;
  readonly expectedCalibrationError: number;
}

export type CalibrationReport = Readonly<Record<keyof Calibration, CurveReport | null>>;

/** Null for a curve that is missing or has no pairs of both sorts. */
export function reportCalibration(calibration: Calibration, check: PairsByCurve, prior: number): CalibrationReport {
  return perCurve((name) => {
    const curve = calibration[name];
    const error = curve && calibrationError(check[name], curve, prior);
    return curve && error !== null ? { curve, pairs: check[name].relevant.length, expectedCalibrationError: error } : null;
  });
}

/** Curves with five digits after the point; null where the pairs do not give one. */
export function fitCalibration(fit: PairsByCurve, prior: number): Calibration {
  const rounded = (value: number): number => Number(value.toFixed(5));
  return perCurve((name) => {
    const curve = fitPlatt(fit[name], prior);
    return curve && { slope: rounded(curve.slope), intercept: rounded(curve.intercept) };
  });
}

function perCurve<T>(make: (name: keyof Calibration) => T): Record<keyof Calibration, T> {
  return Object.fromEntries(CURVES.map((name) => [name, make(name)])) as Record<keyof Calibration, T>;
}
