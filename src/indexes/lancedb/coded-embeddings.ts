import { setImmediate } from "node:timers/promises";
import type { Embedding } from "../../domain/embedding.js";
import { BinaryCodes } from "./binary-codes.js";
import { CodedList } from "./coded-list.js";
import { EmbeddingBlock } from "./embedding-block.js";

/** Embeddings that are coded before others get their turn, in about 2 ms. */
const CODED_AT_ONCE = 128;

/** Embeddings in memory by row id, and their codes. */
export class CodedEmbeddings {
  /** Where among the embeddings, and among the codes, that of a row is. */
  private readonly places = new Map<number, number>();
  private readonly embeddings: EmbeddingBlock;
  private codes: BinaryCodes | null = null;

  /** How many embeddings at most fit into so many bytes, with their codes. */
  static maxRoom(dimension: number, maxBytes: number): number {
    const rowBytes = dimension * Float32Array.BYTES_PER_ELEMENT + BinaryCodes.bytesPerRow(dimension);
    return Math.min(EmbeddingBlock.maxRoom(dimension), Math.floor(maxBytes / rowBytes));
  }

  constructor(
    room: number,
    private readonly dimension: number,
  ) {
    this.embeddings = new EmbeddingBlock(room, dimension);
  }

  has(row: number): boolean {
    return this.places.has(row);
  }

  /** False when there is no room for it. */
  add(row: number, embedding: Embedding): boolean {
    if (this.places.has(row)) return true;
    const place = this.places.size;
    if (place === this.embeddings.room) return false;
    this.embeddings.set(place, embedding);
    this.codes?.set(place, embedding);
    this.places.set(row, place);
    return true;
  }

  /** Codes those that are there; what is added later is coded at once. Nothing is to be added meanwhile. */
  async code(): Promise<void> {
    if (!BinaryCodes.canCode(this.dimension)) return;
    const codes = new BinaryCodes(this.embeddings.room, await this.mean());
    await this.eachInTurns((embedding, place) => codes.set(place, embedding));
    this.codes = codes;
  }

  /** Shape `[rows.length]`; null when one of the rows is not there. */
  cosines(query: Embedding, rows: readonly number[]): Float64Array | null {
    const places = this.placesOf(rows);
    return places && this.embeddings.cosines(query, places);
  }

  /** Null when one of the rows is not there, or has no code. */
  list(rows: readonly number[]): CodedList | null {
    const places = this.placesOf(rows);
    return places && this.codes && new CodedList(rows, places, this.codes, this.embeddings);
  }

  private placesOf(rows: readonly number[]): number[] | null {
    const places = rows.map((row) => this.places.get(row));
    return places.includes(undefined) ? null : (places as number[]);
  }

  private async mean(): Promise<Float64Array> {
    const sum = new Float64Array(this.dimension);
    await this.eachInTurns((embedding) => {
      for (let i = 0; i < sum.length; i++) sum[i] = (sum[i] as number) + (embedding[i] as number);
    });
    return sum.map((each) => each / this.places.size);
  }

  private async eachInTurns(use: (embedding: Embedding, place: number) => void): Promise<void> {
    for (let place = 0; place < this.places.size; place++) {
      if (place % CODED_AT_ONCE === 0) await setImmediate();
      use(this.embeddings.at(place), place);
    }
  }
}
