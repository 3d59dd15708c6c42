import type { Embedding } from "../../domain/embedding.js";

/**
 * `dot-products.wat`, assembled (`wat2wasm` of the WebAssembly Binary Toolkit); a test assembles it again. With SIMD it
 * compares four times as many rows in a millisecond as the same loop in JavaScript.
 */
export const DOT_PRODUCTS =
  "AGFzbQEAAAABCQFgBX9/f39/AAIUAQhsaWtlbmVzcwZtZW1vcnkCAAEDAgEABw8BC2RvdFByb2R1Y3RzAAAKzwEBzAECAn8DeyAAIANBA3RqIQYCQANAIAJFDQEgACEF/QwAAAAAAAAAAAAAAAAAAAAAIQj9DAAAAAAAAAAAAAAAAAAAAAAhCQNAIAH9AAIAIQcgCCAF/QADACAH/V/98gH98AEhCCAJIAX9AAMQIAcgB/0NCAkKCwwNDg8ICQoLDA0OD/1f/fIB/fABIQkgAUEQaiEBIAVBIGohBSAFIAZJDQALIAggCf3wASEIIAQgCP0hACAI/SEBoDkDACAEQQhqIQQgAkEBayECDAALCws=";

/** As much as is used here of what JavaScript has and TypeScript describes for browsers alone. */
declare global {
  namespace WebAssembly {
    class Module {
      constructor(bytes: Uint8Array);
    }
    class Memory {
      constructor(pages: { initial: number; maximum: number });
      readonly buffer: ArrayBuffer;
    }
    class Instance {
      constructor(module: Module, imports: Record<string, Record<string, unknown>>);
      readonly exports: Record<string, unknown>;
    }
  }
}

type DotProducts = (query: number, rows: number, n: number, dimension: number, out: number) => void;

const PAGE_BYTES = 65_536;

let compiled: WebAssembly.Module | null = null;

/** Room for embeddings that lie one after the other, shape `[room, dimension]`, to be compared all at once. */
export class EmbeddingBlock {
  readonly bytes: number;
  /** Numbers of a row: those beyond the dimension are zeros. */
  private readonly stride: number;
  /** Shape `[stride]`, at the start of the memory. */
  private readonly query: Float64Array;
  private readonly rows: Float32Array;
  /** Shape `[room]`. */
  private readonly out: Float64Array;
  private readonly dotProducts: DotProducts;

  constructor(
    readonly room: number,
    dimension: number,
  ) {
    this.stride = Math.ceil(dimension / 4) * 4;
    const queryBytes = this.stride * Float64Array.BYTES_PER_ELEMENT;
    const outBytes = room * Float64Array.BYTES_PER_ELEMENT;
    const pages = Math.ceil((queryBytes + outBytes + room * this.stride * Float32Array.BYTES_PER_ELEMENT) / PAGE_BYTES);
    const memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
    this.bytes = pages * PAGE_BYTES;
    this.query = new Float64Array(memory.buffer, 0, this.stride);
    this.out = new Float64Array(memory.buffer, queryBytes, room);
    this.rows = new Float32Array(memory.buffer, queryBytes + outBytes, room * this.stride);
    compiled ??= new WebAssembly.Module(Buffer.from(DOT_PRODUCTS, "base64"));
    const { exports } = new WebAssembly.Instance(compiled, { likeness: { memory } });
    this.dotProducts = exports["dotProducts"] as DotProducts;
  }

  set(i: number, embedding: Embedding): void {
    this.rows.set(embedding, i * this.stride);
  }

  /** Cosines of a query and the first `count` rows, shape `[count]`: their dot products, as all have length 1, past 1 by rounding at most. */
  cosines(query: Embedding, count: number): Float64Array {
    this.query.set(query);
    this.dotProducts(this.query.byteOffset, this.rows.byteOffset, count, this.stride, this.out.byteOffset);
    return this.out.slice(0, count);
  }
}
