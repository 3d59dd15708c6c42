const ROUNDS = 3;

/**
 * A random rotation of vectors, the same one for the same dimension: signs are flipped and Hadamard transforms applied, in
 * place of a product with a random orthogonal matrix, in n·log n steps (the fast Johnson-Lindenstrauss transform of Ailon
 * and Chazelle 2009). Where the dimension is no power of two, each round transforms the first and then the last so many
 * numbers as the greatest power of two within it.
 */
export class Rotation {
  /** Shape `[ROUNDS, dimension]`, each 1 or -1. */
  private readonly signs: Int8Array;
  private readonly window: number;

  constructor(private readonly dimension: number) {
    this.window = 2 ** Math.floor(Math.log2(dimension));
    // Numerical Recipes' linear congruential generator; the high bits are the random ones.
    let state = 1;
    this.signs = Int8Array.from({ length: ROUNDS * dimension }, () => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return state >>> 31 ? 1 : -1;
    });
  }

  /** Rotates a vector of shape `[dimension]` in place. */
  rotate(vector: Float64Array): void {
    const { dimension, window, signs } = this;
    for (let round = 0; round < ROUNDS; round++) {
      for (let i = 0; i < dimension; i++) vector[i] = (vector[i] as number) * (signs[round * dimension + i] as number);
      hadamard(vector, 0, window);
      if (window < dimension) hadamard(vector, dimension - window, window);
    }
  }
}

/** The Walsh-Hadamard transform of `length` numbers (a power of two) from `start` on, scaled so that it keeps lengths. */
function hadamard(vector: Float64Array, start: number, length: number): void {
  for (let half = 1; half < length; half *= 2) {
    for (let at = start; at < start + length; at += 2 * half) {
      for (let i = at; i < at + half; i++) {
        const a = vector[i] as number;
        const b = vector[i + half] as number;
        vector[i] = a + b;
        vector[i + half] = a - b;
      }
    }
  }
  const scale = 1 / Math.sqrt(length);
  for (let i = start; i < start + length; i++) vector[i] = (vector[i] as number) * scale;
}
