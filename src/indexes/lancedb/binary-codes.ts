import type { Embedding } from "../../domain/embedding.js";
import { type BoundsQuery, CodeBlock, MAX_CODE_BYTES } from "./code-block.js";
import { Rotation } from "./rotation.js";

/**
 * Standard deviations that a bound allows for. Of embeddings of photos one cosine in 1,300 was above its bound, and a row is missed
 * only if its cosine is about that of the last that is wanted: recall was 1.000. Each more means a half to all of the comparisons again.
 */
const DEVIATIONS = 3;
/** Beside a code. */
const TERMS = 3;

/**
 * Embeddings as one bit a number, from which upper bounds of their cosines with a query are made: RaBitQ (Gao and Long, SIGMOD
 * 2024, https://arxiv.org/abs/2405.12497). With m the mean of all embeddings, R a random rotation, r = R(x - m) for an embedding
 * x, s the signs of r, and p = R(q - m) for a query q,
 *
 *     q·x = q·m + m·(x - m) + p·r   and   p·r ≈ (p·s) · |r|² / (r·s),
 *
 * unbiased, with a standard deviation of at most |p| · |r|² / (r·s) · √((d - f²) / (d - 1)), where f = r·s / |r|.
 */
export class BinaryCodes {
  /** Of a code. */
  private readonly bytes: number;
  private readonly rotation: Rotation;
  /** Of the vector that was rotated last, shape `[8 * bytes]`. */
  private readonly rotated: Float64Array;
  /** Shape `[room, bytes]`. */
  private readonly codes: Uint8Array;
  /** The shift m·(x - m), the scale |r|² / (r·s) and the spread, the deviation without |p|; shape `[room, 3]`. */
  private readonly terms: Float32Array;

  /** Whether codes of embeddings of so many numbers are short enough to be compared. */
  static canCode(dimension: number): boolean {
    return codeBytes(dimension) <= MAX_CODE_BYTES;
  }

  /** Memory that a row takes. */
  static bytesPerRow(dimension: number): number {
    return codeBytes(dimension) + TERMS * Float32Array.BYTES_PER_ELEMENT;
  }

  /** `mean`: of the embeddings to come, shape `[dimension]`; the farther from theirs, the looser the bounds. */
  constructor(
    room: number,
    private readonly mean: Float64Array,
  ) {
    this.bytes = codeBytes(mean.length);
    this.rotation = new Rotation(this.bytes * 8);
    this.rotated = new Float64Array(this.bytes * 8);
    this.codes = new Uint8Array(room * this.bytes);
    this.terms = new Float32Array(room * TERMS);
  }

  set(row: number, embedding: Embedding): void {
    const { mean, rotated, bytes, codes } = this;
    this.rotate(embedding);
    let [shift, squares, absolutes] = [0, 0, 0];
    for (let i = 0; i < mean.length; i++) shift += (mean[i] as number) * ((embedding[i] as number) - (mean[i] as number));
    for (let byte = 0; byte < bytes; byte++) {
      let code = 0;
      for (let bit = 0; bit < 8; bit++) {
        const value = rotated[byte * 8 + bit] as number;
        squares += value * value;
        absolutes += Math.abs(value);
        if (value > 0) code |= 1 << bit;
      }
      codes[row * bytes + byte] = code;
    }
    const scale = squares > 0 ? squares / absolutes : 0;
    const unexplained = squares > 0 ? rotated.length - absolutes ** 2 / squares : 0;
    const spread = scale * Math.sqrt(Math.max(0, unexplained) / (rotated.length - 1));
    this.terms.set([shift, scale, spread], row * TERMS);
  }

  /** The codes of rows, in this order. */
  layOut(rows: readonly number[]): CodeBlock {
    const { bytes, codes, terms } = this;
    const block = new CodeBlock(rows.length, bytes);
    for (const [i, row] of rows.entries()) {
      block.set(i, codes.subarray(row * bytes, (row + 1) * bytes), terms.subarray(row * TERMS, (row + 1) * TERMS));
    }
    return block;
  }

  /** Valid until the next embedding. */
  query(embedding: Embedding): BoundsQuery {
    const { mean, rotated } = this;
    this.rotate(embedding);
    let [base, squares] = [0, 0];
    for (let i = 0; i < mean.length; i++) base += (embedding[i] as number) * (mean[i] as number);
    for (let i = 0; i < rotated.length; i++) squares += (rotated[i] as number) ** 2;
    return { base, numbers: rotated, deviations: DEVIATIONS * Math.sqrt(squares) };
  }

  private rotate(embedding: Embedding): void {
    const { rotated, mean } = this;
    for (let i = 0; i < mean.length; i++) rotated[i] = (embedding[i] as number) - (mean[i] as number);
    rotated.fill(0, mean.length);
    this.rotation.rotate(rotated);
  }
}

function codeBytes(dimension: number): number {
  return Math.ceil(dimension / 8);
}
