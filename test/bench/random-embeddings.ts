import { randomNumbers } from "../contract/catalogue.js";

const CLUSTERS = 500;

/**
 * `[n, dimension]` L2-normalised embeddings round 500 random centres, as a catalogue's kinds of products lie: half of an
 * embedding's variance is its cluster's, half its own. Directions without any cluster would be a harder case than any
 * real catalogue is.
 */
export function clusteredEmbeddings(n: number, dimension: number, seed: number): Float32Array {
  const random = randomNumbers(seed);
  const normal = () => normalNumber(random);
  const centres = Float32Array.from({ length: CLUSTERS * dimension }, normal);
  const embeddings = new Float32Array(n * dimension);
  for (let i = 0; i < n; i++) {
    const centre = Math.floor(random() * CLUSTERS) * dimension;
    let squares = 0;
    for (let j = 0; j < dimension; j++) {
      const value = normal() + (centres[centre + j] as number);
      embeddings[i * dimension + j] = value;
      squares += value * value;
    }
    const length = Math.sqrt(squares);
    for (let j = 0; j < dimension; j++) embeddings[i * dimension + j] = (embeddings[i * dimension + j] as number) / length;
  }
  return embeddings;
}

/** A normally distributed number (mean 0, variance 1) of two uniform ones in [0, 1): Box and Muller 1958. */
export function normalNumber(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}
