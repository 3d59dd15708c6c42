import type { Embedding } from "../../domain/embedding.js";
import type { BinaryCodes } from "./binary-codes.js";
import type { CodeBlock, UpperBounds } from "./code-block.js";
import type { EmbeddingBlock } from "./embedding-block.js";
import { bestOf, kthGreatest, type ScoredRow } from "./scored-rows.js";

/** So many times the wanted rows are compared first, to learn how near the last of them is. */
const FIRST_FACTOR = 2;
/** After a search that would have compared too many, so many that are as deep are not tried. */
const NOT_TRIED = 10;
/** Of a bound, a float32 number. */
const ROUNDING = 1e-6;

/**
 * A list of rows that finds the nearest among them: by upper bounds of all cosines it compares those exactly that can be among
 * the nearest, some hundredths of a catalogue of photos.
 */
export class CodedList {
  private readonly laidOut: CodeBlock;
  /** How deep the last search was that would have compared too many, and how many as deep are not to be tried yet. */
  private hard = { depth: Number.POSITIVE_INFINITY, notTried: 0 };

  /** `places` of the rows, among the codes and among the embeddings. */
  constructor(
    private readonly rows: readonly number[],
    private readonly places: readonly number[],
    private readonly codes: BinaryCodes,
    private readonly embeddings: EmbeddingBlock,
  ) {
    this.laidOut = codes.layOut(places);
  }

  /** Memory of the codes, laid out. */
  get bytes(): number {
    return this.laidOut.bytes;
  }

  /** The nearest `k` and those equal to the last of them, best first; null where more than `mostCompared` may be among them. */
  nearest(query: Embedding, k: number, mostCompared = this.rows.length): ScoredRow[] | null {
    if (mostCompared < this.rows.length && k >= this.hard.depth && this.hard.notTried > 0) {
      this.hard.notTried--;
      return null;
    }
    const bounds = this.laidOut.upperBounds(this.codes.query(query));
    const high = Math.max(kthGreatest(bounds.ofGroups, FIRST_FACTOR * k), -Number.MAX_VALUE);
    const first = indicesBetween(bounds, high, Number.POSITIVE_INFINITY, mostCompared);
    if (!first) return this.tooHard(k);
    const firstCosines = this.cosines(query, first);
    const low = Math.max(kthGreatest(firstCosines, k) - ROUNDING, -Number.MAX_VALUE);
    const others = indicesBetween(bounds, low, high, mostCompared);
    if (!others) return this.tooHard(k);
    const cosines = new Float64Array(first.length + others.length);
    cosines.set(firstCosines);
    cosines.set(this.cosines(query, others), first.length);
    const rows = [...first, ...others].map((i) => this.rows[i] as number);
    return bestOf(rows, cosines, k);
  }

  private tooHard(depth: number): null {
    this.hard = { depth, notTried: NOT_TRIED };
    return null;
  }

  private cosines(query: Embedding, indices: readonly number[]): Float64Array {
    return this.embeddings.cosines(
      query,
      indices.map((i) => this.places[i] as number),
    );
  }
}

/** Where bounds are from `low` on and below `high`; null for more than `most`. */
function indicesBetween({ ofRows, ofGroups }: UpperBounds, low: number, high: number, most: number): number[] | null {
  const size = ofRows.length / ofGroups.length;
  const indices: number[] = [];
  for (let group = 0; group < ofGroups.length; group++) {
    if ((ofGroups[group] as number) < low) continue;
    for (let i = group * size; i < (group + 1) * size; i++) {
      const bound = ofRows[i] as number;
      if (bound >= low && bound < high) indices.push(i);
    }
    if (indices.length > most) return null;
  }
  return indices;
}
