import { atField, badInput } from "./errors.js";

/** An L2-normalised vector, shape `[dimension]`. */
export type Embedding = Float32Array;

/** Vectors shorter or longer than these are scaled first: the squares of their numbers would be lost in a float64. */
const [SHORTEST, LONGEST] = [1e-140, 1e150];

/** Below it a sum of embeddings is rounding error. */
const CANCELLED = 1e-6;

/** One part of a query or of a product: an embedding and how much it counts. */
export interface WeightedEmbedding {
  readonly embedding: Embedding;
  readonly weight: number;
}

/** Scales a vector to length 1. Throws BAD_USER_INPUT for a vector that has no direction (all zeros, NaN, infinite). */
export function normalize(vector: ArrayLike<number>): Embedding {
  let sumOfSquares = 0;
  for (let i = 0; i < vector.length; i++) sumOfSquares += (vector[i] as number) ** 2;
  const length = Math.sqrt(sumOfSquares);
  if (!(length > SHORTEST && length < LONGEST)) return normalize(scaled(vector));
  // A loop, because Float32Array.from with a function takes several times as long, for every product of an import.
  const normal = new Float32Array(vector.length);
  for (let i = 0; i < normal.length; i++) normal[i] = (vector[i] as number) / length;
  return normal;
}

/** A vector of the same direction whose greatest number is 1. */
function scaled(vector: ArrayLike<number>): ArrayLike<number> {
  const numbers = Array.from(vector);
  const greatest = numbers.reduce((most, each) => Math.max(most, Math.abs(each)), 0);
  if (!Number.isFinite(greatest) || greatest === 0) {
    throw badInput("An embedding must be finite and not all zeros: it has no direction to search in.");
  }
  return numbers.map((each) => each / greatest);
}

/** Checks the length of a caller's embedding and normalises it. */
export function toEmbedding(vector: ArrayLike<number>, dimension: number, field: readonly string[]): Embedding {
  if (vector.length !== dimension) {
    throw badInput(`An embedding of ${vector.length} numbers was given; this catalogue's model has ${dimension}.`, field);
  }
  try {
    return normalize(vector);
  } catch (error) {
    throw atField(error, field);
  }
}

/** Cosine similarity in [-1, 1] of two embeddings of the same dimension (their dot product, since both have length 1). */
export function cosine(a: Embedding, b: Embedding): number {
  let dot = 0;
  for (let i = 0; i < a.length; i++) dot += (a[i] as number) * (b[i] as number);
  return Math.min(1, Math.max(-1, dot));
}

/**
 * The normalised weighted sum of several embeddings: Σ wᵢ·eᵢ / ‖Σ wᵢ·eᵢ‖.
 * Scaling all weights changes nothing; one part of positive weight gives that part back; a negative weight leads away
 * from its part. Throws BAD_USER_INPUT when nothing is left of the sum.
 */
export function combine(parts: readonly WeightedEmbedding[]): Embedding {
  const [first] = parts;
  if (!first) throw badInput("A query needs at least one part.");
  if (parts.length === 1 && first.weight > 0) return first.embedding;
  const heaviest = Math.max(...parts.map(({ weight }) => Math.abs(weight)));
  const sum = new Float32Array(first.embedding.length);
  for (const { embedding, weight } of parts) {
    for (let i = 0; i < sum.length; i++) sum[i] = (sum[i] as number) + (weight / heaviest) * (embedding[i] as number);
  }
  if (sum.every((value) => Math.abs(value) < CANCELLED)) {
    throw badInput("The parts of the query cancel each other out: nothing is left to search for. Change a weight.");
  }
  return normalize(sum);
}

/** The normalised mean of several embeddings. Throws BAD_USER_INPUT where they cancel each other out. */
export function average(embeddings: readonly Embedding[]): Embedding {
  return combine(embeddings.map((embedding) => ({ embedding, weight: 1 })));
}
