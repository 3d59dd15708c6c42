import type { Table } from "@lancedb/lancedb";
import type { FixedSizeList, RecordBatch, Vector } from "apache-arrow";
import { LRUCache } from "lru-cache";
import type { Embedding } from "../../domain/embedding.js";
import { CodedEmbeddings } from "./coded-embeddings.js";
import type { CodedList } from "./coded-list.js";
import { EmbeddingBlock } from "./embedding-block.js";
import { rowId, rowKeys } from "./row-key.js";
import type { EmbeddingColumn } from "./schema.js";

/** The longest list whose embeddings are read by row, and that is not laid out. */
const MOST_BY_ROW = 1_000;
/** Of the memory, what is for lists that are laid out; the rest is for all embeddings. */
const LISTS_SHARE = 1 / 8;
/** Room for rows to come, as a share of those that are there. */
const ROOM = 0.25;

/**
 * Embeddings of one column in memory, by the engine's row ids, which never come to mean another row (see `ProductReader`).
 * To compare candidates exactly the engine reads them from disk, which takes it as long as the walk of the graph that
 * found them. All are kept or, where they take too much memory, none.
 */
export class KeptEmbeddings {
  private readonly maxRows: number;
  /** Null until all have been read. */
  private kept: CodedEmbeddings | null = null;
  /** Lists that are asked for again and again. */
  private readonly lists: LRUCache<readonly number[], CodedList>;
  /** How many there are, asked once; null while nobody has asked. */
  private counting: Promise<number> | null = null;
  /** Reads all, once; null before a row is asked for. */
  private reading: Promise<void> | null = null;
  /** So often what is kept was of no more use. */
  private forgotten = 0;

  constructor(
    private readonly table: Table,
    private readonly column: EmbeddingColumn,
    private readonly options: { readonly dimension: number; readonly maxBytes: number },
  ) {
    this.maxRows = CodedEmbeddings.maxRoom(options.dimension, options.maxBytes * (1 - LISTS_SHARE));
    this.lists = new LRUCache({
      maxSize: Math.max(1, Math.floor(options.maxBytes * LISTS_SHARE)),
      sizeCalculation: ({ bytes }) => bytes,
    });
  }

  /** Whether all of them fit; where not, the engine had better compare them. */
  async fit(): Promise<boolean> {
    return (await this.count()) <= this.maxRows;
  }

  get areRead(): boolean {
    return this.kept !== null;
  }

  /** Cosines of a query and the embeddings of rows, shape `[rows.length]`; null when one of the rows is gone. */
  async cosines(query: Embedding, rows: readonly number[]): Promise<Float64Array | null> {
    const read = await this.readMissing(rows);
    if (this.kept) return this.kept.cosines(query, rows);
    if (!rows.every((row) => read.has(row))) return null;
    const block = new EmbeddingBlock(rows.length, this.options.dimension);
    for (const [i, row] of rows.entries()) block.set(i, read.get(row) as Embedding);
    return block.cosines(query, [...rows.keys()]);
  }

  /** Lays a list out, which will be asked for again; null where it is not worth it or cannot be, as when one of the rows is gone. */
  async list(rows: readonly number[]): Promise<CodedList | null> {
    const known = this.lists.get(rows);
    if (known || rows.length <= MOST_BY_ROW) return known ?? null;
    const { size } = await this.readMissing(rows);
    // Those that were read without room for them made all be forgotten.
    if (size > 0 && !this.kept) await this.readMissing(rows);
    // Others asked for it meanwhile, and one of them has laid it out.
    const list = this.lists.get(rows) ?? this.kept?.list(rows) ?? null;
    if (list) this.lists.set(rows, list);
    return list;
  }

  /** Rows have come to lie elsewhere: what is kept is of no more use. */
  forget(): void {
    this.forgotten++;
    this.kept = null;
    this.lists.clear();
    this.counting = null;
    this.reading = null;
  }

  private async readMissing(rows: readonly number[]): Promise<ReadonlyMap<number, Embedding>> {
    const isMissing = (row: number) => !this.kept?.has(row);
    if (!rows.some(isMissing)) return new Map();
    this.reading ??= this.tryReadAll();
    if (rows.length > MOST_BY_ROW) await this.reading;
    const read = await this.readByRow(rows.filter(isMissing));
    // Without room for one, all are read again, with new room, the next time one is missing.
    for (const [row, embedding] of read) if (this.kept && !this.kept.add(row, embedding)) this.forget();
    return read;
  }

  private async readByRow(rows: readonly number[]): Promise<Map<number, Embedding>> {
    const found = new Map<number, Embedding>();
    for (let at = 0; at < rows.length; at += MOST_BY_ROW) {
      const some = rows.slice(at, at + MOST_BY_ROW);
      const read = await this.table.takeRowIds(some.map(rowId)).select([this.column]).withRowId().toArrow();
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

  /** It fails in silence: then they are read by row, and who asks next tries again. */
  private async tryReadAll(): Promise<void> {
    const { forgotten } = this;
    try {
      await this.readAll();
    } catch {
      if (forgotten === this.forgotten) this.reading = null;
    }
  }

  private async readAll(): Promise<void> {
    const { forgotten } = this;
    const count = await this.count();
    // What is kept was forgotten meanwhile, and who asked next reads all again.
    if (forgotten !== this.forgotten || count > this.maxRows) return;
    if (count === 0) {
      this.reading = null;
      return;
    }
    const room = Math.min(this.maxRows, Math.ceil(count * (1 + ROOM)) + MOST_BY_ROW);
    const all = new CodedEmbeddings(room, this.options.dimension);
    for await (const batch of this.table.query().select([this.column]).where(`has_${this.column}`).withRowId()) {
      if (forgotten !== this.forgotten) return;
      eachEmbedding(batch as unknown as RecordBatch, this.column, (row, embedding) => all.add(row, embedding));
    }
    await all.code();
    if (forgotten === this.forgotten) this.kept = all;
  }
}

function eachEmbedding(batch: RecordBatch, column: EmbeddingColumn, use: (row: number, embedding: Embedding) => void): void {
  const rows = rowKeys(batch.getChild("_rowid"));
  const embeddings = batch.getChild(column) as Vector<FixedSizeList> | null;
  for (let i = 0; i < batch.numRows; i++) {
    const embedding = embeddings?.get(i)?.toArray() as Embedding | undefined;
    if (embedding) use(rows[i] as number, embedding);
  }
}
