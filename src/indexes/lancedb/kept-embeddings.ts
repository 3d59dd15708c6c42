import type { Table } from "@lancedb/lancedb";
import type { FixedSizeList, RecordBatch, Vector } from "apache-arrow";
import { LRUCache } from "lru-cache";
import type { Embedding } from "../../domain/embedding.js";
import { EmbeddingBlock } from "./embedding-block.js";
import type { EmbeddingColumn } from "./schema.js";

/** The longest list whose embeddings are read by row, and laid out for one comparison alone. */
const MOST_BY_ROW = 1_000;
/** Of the memory, what is for lists that are laid out; the rest is for all embeddings. */
const BLOCKS_SHARE = 1 / 3;
/** Room for rows to come, as a share of those that are there. */
const ROOM = 0.25;

/**
 * Embeddings of one column in memory, by the engine's row ids, which never come to mean another row (see `ProductReader`).
 * To compare candidates exactly the engine reads them from disk, which takes it as long as the walk of the graph that
 * found them. All are kept or, where they take too much memory, none.
 */
export class KeptEmbeddings {
  private readonly maxRows: number;
  /** Where in `values` the embedding of a row begins. */
  private offsets = new Map<number, number>();
  /** Embeddings one after the other, shape `[room, dimension]`. */
  private values = new Float32Array();
  /** Of long lists that are asked for again and again: laid out one after the other they are compared three times as fast. */
  private readonly blocks: LRUCache<readonly number[], EmbeddingBlock>;
  /** For all other lists in turns. */
  private sharedBlock: EmbeddingBlock | null = null;
  /** How many there are, asked once; null while nobody has asked. */
  private counting: Promise<number> | null = null;
  /** Reads all, once; null before a row is asked for. */
  private reading: Promise<void> | null = null;

  constructor(
    private readonly table: Table,
    private readonly column: EmbeddingColumn,
    private readonly options: { readonly dimension: number; readonly maxBytes: number },
  ) {
    this.maxRows = Math.floor((options.maxBytes * (1 - BLOCKS_SHARE)) / (options.dimension * Float32Array.BYTES_PER_ELEMENT));
    this.blocks = new LRUCache({
      maxSize: Math.max(1, Math.floor(options.maxBytes * BLOCKS_SHARE)),
      sizeCalculation: ({ bytes }) => bytes,
    });
  }

  /** Whether all of them fit; where not, the engine had better compare them. */
  async fit(): Promise<boolean> {
    return (await this.count()) <= this.maxRows;
  }

  get areRead(): boolean {
    return this.offsets.size > 0;
  }

  /**
   * Cosines of a query and the embeddings of rows, shape `[rows.length]`; null when one of the rows is gone. `again`: this very
   * list will be asked for again.
   */
  async cosines(query: Embedding, rows: readonly number[], again: boolean): Promise<Float64Array | null> {
    const known = this.blocks.get(rows);
    if (known) return known.cosines(query, rows.length);
    const read = await this.readMissing(rows);
    const { dimension } = this.options;
    // Nothing is awaited from here on, as others use the same block.
    this.sharedBlock ??= new EmbeddingBlock(MOST_BY_ROW, dimension);
    const block = again && rows.length > MOST_BY_ROW ? new EmbeddingBlock(rows.length, dimension) : this.sharedBlock;
    const cosines = new Float64Array(rows.length);
    for (let at = 0; at < rows.length; at += block.room) {
      const some = rows.slice(at, at + block.room);
      if (!this.layOut(some, read, block)) return null;
      cosines.set(block.cosines(query, some.length), at);
    }
    if (block !== this.sharedBlock) this.blocks.set(rows, block);
    return cosines;
  }

  /** Rows have come to lie elsewhere: what is kept is of no more use. */
  forget(): void {
    this.offsets = new Map();
    this.values = new Float32Array();
    this.blocks.clear();
    this.counting = null;
    this.reading = null;
  }

  /** False when one of the rows is gone. */
  private layOut(rows: readonly number[], read: ReadonlyMap<number, Embedding>, block: EmbeddingBlock): boolean {
    for (const [i, row] of rows.entries()) {
      const offset = this.offsets.get(row);
      const embedding = offset === undefined ? read.get(row) : this.values.subarray(offset, offset + this.options.dimension);
      if (!embedding) return false;
      block.set(i, embedding);
    }
    return true;
  }

  private async readMissing(rows: readonly number[]): Promise<ReadonlyMap<number, Embedding>> {
    const isMissing = (row: number) => !this.offsets.has(row);
    if (!rows.some(isMissing)) return new Map();
    // It fails in silence: then they are read by row.
    this.reading ??= this.readAll().catch(() => undefined);
    if (rows.length > MOST_BY_ROW) await this.reading;
    const read = await this.readByRow(rows.filter(isMissing));
    if (this.areRead) for (const [row, embedding] of read) this.keep(row, embedding);
    return read;
  }

  private async readByRow(rows: readonly number[]): Promise<Map<number, Embedding>> {
    const found = new Map<number, Embedding>();
    for (let at = 0; at < rows.length; at += MOST_BY_ROW) {
      const some = rows.slice(at, at + MOST_BY_ROW);
      const read = await this.table.takeRowIds(some).select([this.column]).withRowId().toArrow();
      for (const batch of read.batches) eachEmbedding(batch as unknown as RecordBatch, this.column, (row, each) => found.set(row, each));
    }
    return found;
  }

  private async count(): Promise<number> {
    this.counting ??= this.table.countRows(`has_${this.column}`);
    const count = await this.counting.catch((error) => {
      this.counting = null;
      throw error;
    });
    // The first may come before it is asked again.
    if (count === 0) this.counting = null;
    return count;
  }

  private async readAll(): Promise<void> {
    const { offsets } = this;
    const count = await this.count();
    // What is kept was forgotten meanwhile, and who asked next reads all again.
    if (offsets !== this.offsets || count > this.maxRows) return;
    if (count === 0) this.reading = null;
    const room = Math.min(this.maxRows, Math.ceil(count * (1 + ROOM)) + MOST_BY_ROW);
    this.values = new Float32Array(room * this.options.dimension);
    for await (const batch of this.table.query().select([this.column]).where(`has_${this.column}`).withRowId()) {
      if (offsets !== this.offsets) return;
      eachEmbedding(batch as unknown as RecordBatch, this.column, (row, embedding) => this.keep(row, embedding));
    }
  }

  /** Without room for it all are read again, with new room, the next time one is missing. */
  private keep(row: number, embedding: Embedding): void {
    if (this.offsets.has(row)) return;
    const offset = this.offsets.size * this.options.dimension;
    if (offset + embedding.length > this.values.length) {
      this.forget();
      return;
    }
    this.values.set(embedding, offset);
    this.offsets.set(row, offset);
  }
}

function eachEmbedding(batch: RecordBatch, column: EmbeddingColumn, use: (row: number, embedding: Embedding) => void): void {
  const rows = batch.getChild("_rowid");
  const embeddings = batch.getChild(column) as Vector<FixedSizeList> | null;
  for (let i = 0; i < batch.numRows; i++) {
    const embedding = embeddings?.get(i)?.toArray() as Embedding | undefined;
    if (embedding) use(Number(rows?.get(i)), embedding);
  }
}
