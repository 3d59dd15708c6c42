import { randomNumbers } from "../contract/catalogue.js";

const CLUSTERS = 500;

/**
 * `[n, dimension]` L2-normalised embeddings round 500 random centres, as a catalogue's kinds of products lie: half of an
 * embedding's variance is its cluster's, half its own. Directions without any cluster would be a harder case than any
 * real catalogue is.
 */
export function clusteredEmbeddings(n: number, dimension: number, seed: number): Float32Array {
  const random = randomNumbers(seed);
  // Box and Muller 1958: a normally distributed number of two uniform ones.
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
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
