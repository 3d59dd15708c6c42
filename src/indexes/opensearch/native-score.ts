import type { Engine } from "./options.js";
import type { Server } from "./server.js";

export type SpaceType = "cosinesimil" | "innerproduct" | "l2";

/** A score of the server as a cosine; both rise together. */
export type NativeScore = (score: number) => number;

/** (1 + cos) / 2 */
const HALVED: NativeScore = (score) => bounded(2 * score - 1);
/** 1 + cos */
const RAISED: NativeScore = (score) => bounded(score - 1);
/** 1 / (1 + d), where d = 1 - cos */
const RECIPROCAL: NativeScore = (score) => bounded(2 - 1 / score);
/** 1 / (1 + d), where d is the squared distance of two embeddings of length 1, 2 - 2 cos */
const EUCLIDEAN: NativeScore = (score) => bounded(1 - (1 / score - 1) / 2);
/** 1 + p for a product p >= 0, else 1 / (1 - p); for embeddings of length 1 p is the cosine */
const PRODUCT: NativeScore = (score) => bounded(score >= 1 ? score - 1 : 1 - 1 / score);

/** Scores are of single precision, so a cosine made of one may lie a little outside [-1, 1]. */
function bounded(cosine: number): number {
  return Math.min(1, Math.max(-1, cosine));
}

/**
 * The score of a k-NN query over a graph, by engine and space type: docs.opensearch.org, "Spaces", and for cosinesimil
 * before 2.19 the table of that time ("Approximate k-NN search", 2.18: nmslib and faiss 1 / (1 + d), lucene (2 - d) / 2),
 * which opensearch-project/documentation-website#9078 replaced by one formula.
 */
export function graphScore(server: Server, engine: Engine, space: SpaceType): NativeScore {
  if (space === "l2") return EUCLIDEAN;
  if (space === "innerproduct") return PRODUCT;
  return server.hasOneCosineScore || engine === "lucene" ? HALVED : RECIPROCAL;
}

/**
 * The score of the exact script `knn_score` for cosinesimil: docs.opensearch.org, "Exact k-NN with scoring script": 2 - d =
 * 1 + cos, and since 2.19 as the graphs have it (opensearch-project/k-NN#2561), but not for fields of bytes (measured on
 * 2.19.1 and 3.5.0).
 */
export function scriptScore(server: Server, asBytes: boolean): NativeScore {
  return server.hasOneCosineScore && !asBytes ? HALVED : RAISED;
}
