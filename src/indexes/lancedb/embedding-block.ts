import type { Embedding } from "../../domain/embedding.js";
import { MAX_MEMORY_BYTES, WasmModule } from "../../wasm-module.js";
import { ASSEMBLED } from "./cosines.wasm.js";

type FillCosines = (query: number, rows: number, places: number, n: number, dimension: number, out: number) => void;

/** Rows that are compared by one call. */
const AT_ONCE = 1_024;

const MODULE = new WasmModule(ASSEMBLED);

/** Room for embeddings, each of which has a place, to be compared with a query by the same arithmetic whichever they are. */
export class EmbeddingBlock {
  /** Numbers of a row: those beyond the dimension are zeros. */
  private readonly stride: number;
  /** Shape `[stride]`, at the start of the memory. */
  private readonly query: Float64Array;
  /** Shape `[AT_ONCE]`. */
  private readonly out: Float64Array;
  /** Shape `[AT_ONCE]`. */
  private readonly places: Uint32Array;
  /** Shape `[room, stride]`. */
  private readonly rows: Float32Array;
  private readonly fillCosines: FillCosines;

  /** The most room that there can be. */
  static maxRoom(dimension: number): number {
    const { headBytes, rowBytes } = sizes(dimension);
    return Math.floor((MAX_MEMORY_BYTES - headBytes) / rowBytes);
  }

  constructor(
    readonly room: number,
    private readonly dimension: number,
  ) {
    const { stride, headBytes, rowBytes } = sizes(dimension);
    this.stride = stride;
    const { buffer, functions } = MODULE.instantiate<{ cosines: FillCosines }>(headBytes + room * rowBytes);
    this.query = new Float64Array(buffer, 0, stride);
    this.out = new Float64Array(buffer, this.query.byteLength, AT_ONCE);
    this.places = new Uint32Array(buffer, this.query.byteLength + this.out.byteLength, AT_ONCE);
    this.rows = new Float32Array(buffer, headBytes, room * stride);
    this.fillCosines = functions.cosines;
  }

  set(place: number, embedding: Embedding): void {
    this.rows.set(embedding, place * this.stride);
  }

  /** The embedding itself, no copy. */
  at(place: number): Embedding {
    return this.rows.subarray(place * this.stride, place * this.stride + this.dimension);
  }

  /** Cosines of a query and the embeddings in these places, shape `[places.length]`. */
  cosines(query: Embedding, places: readonly number[]): Float64Array {
    this.query.set(query);
    const cosines = new Float64Array(places.length);
    for (let at = 0; at < places.length; at += AT_ONCE) {
      const some = places.slice(at, at + AT_ONCE);
      this.places.set(some);
      this.fillCosines(this.query.byteOffset, this.rows.byteOffset, this.places.byteOffset, some.length, this.stride, this.out.byteOffset);
      cosines.set(this.out.subarray(0, some.length), at);
    }
    return cosines;
  }
}

/** `headBytes`: of all that comes before the rows. */
function sizes(dimension: number): { stride: number; headBytes: number; rowBytes: number } {
  const stride = Math.ceil(dimension / 4) * 4;
  const headBytes = stride * Float64Array.BYTES_PER_ELEMENT + AT_ONCE * (Float64Array.BYTES_PER_ELEMENT + Uint32Array.BYTES_PER_ELEMENT);
  return { stride, headBytes, rowBytes: stride * Float32Array.BYTES_PER_ELEMENT };
}
