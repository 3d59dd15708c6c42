import type { Table } from "@lancedb/lancedb";
import { LRUCache } from "lru-cache";
import type { StoredProduct } from "../../domain/product.js";
import { isIn } from "./filter-sql.js";
import { rowId, rowKey } from "./row-key.js";
import { EMBEDDING_COLUMNS, fromRow, MATCH_COLUMNS, type Row, STORED_COLUMNS } from "./schema.js";

/** Products kept in memory, by the characters of their stored form. */
const MAX_CACHED_CHARS = 64 * 1024 * 1024;
/** Products that the engine reads in one go: it parses each id that it is given. */
const MOST_AT_ONCE = 1_000;
/** Rows of which is kept whose they are, some 140 bytes each. */
const MAX_CACHED_ROWS = 200_000;

type FoundRow = Row & { readonly _rowid: bigint };
/** Whose a row is, and which embeddings are in it. */
export type Owner = Pick<Row, "id" | "has_image_embedding" | "has_text_embedding">;

/**
 * Reads products by id, and whose rows are. Reading the ten of a page costs the engine more than finding them, so those
 * read without their embeddings are kept; that is safe because one process at a time owns the table and tells of every
 * write.
 */
export class ProductReader {
  private readonly cache = new LRUCache<string, StoredProduct>({ maxSize: MAX_CACHED_CHARS });
  /**
   * By the key of the row, which is its address. No fragment is written again under the same number
   * (https://lance.org/format/table/), so these never go stale.
   */
  private readonly owners = new LRUCache<number, Owner>({ max: MAX_CACHED_ROWS });
  /** Writes so far: what was read before one must not be kept after it. */
  private writes = 0;

  /** `keeps` is false for a table that another process writes. */
  constructor(
    private readonly table: Table,
    private readonly keeps: boolean,
  ) {}

  /** Ids that are not there are absent from the answer; embeddings are null unless asked for. */
  async read(ids: readonly string[], withEmbeddings: boolean): Promise<Map<string, StoredProduct>> {
    const found = new Map<string, StoredProduct>();
    const missing: string[] = [];
    for (const id of ids) {
      const kept = withEmbeddings ? undefined : this.cache.get(id);
      if (kept) found.set(id, kept);
      else missing.push(id);
    }
    const columns = withEmbeddings ? [...STORED_COLUMNS, ...EMBEDDING_COLUMNS] : STORED_COLUMNS;
    for (let at = 0; at < missing.length; at += MOST_AT_ONCE) {
      const { writes } = this;
      const some = isIn("id", missing.slice(at, at + MOST_AT_ONCE));
      const rows = await this.table.query().select(columns).where(some).withRowId().toArray();
      for (const row of rows as FoundRow[]) {
        this.owners.set(rowKey(row._rowid), ownerOf(row));
        found.set(row.id, withEmbeddings ? fromRow(row) : this.keep(row, writes));
      }
    }
    return found;
  }

  /**
   * Whose each row is, in order; null when one of them is gone. `whole`: the products are wanted too, so they are read in
   * the same go.
   */
  async ownersOf(rows: readonly number[], whole: boolean): Promise<Owner[] | null> {
    const missing = rows.filter((row) => !this.owners.has(row));
    const { writes } = this;
    const columns = whole && this.keeps ? STORED_COLUMNS : MATCH_COLUMNS;
    const read = missing.length > 0 ? await this.table.takeRowIds(missing.map(rowId)).select(columns).withRowId().toArray() : [];
    const owners = new Map<number, Owner>();
    for (const row of read as FoundRow[]) {
      const owner = ownerOf(row);
      owners.set(rowKey(row._rowid), owner);
      this.owners.set(rowKey(row._rowid), owner);
      if (columns === STORED_COLUMNS) this.keep(row, writes);
    }
    const found = rows.map((row) => owners.get(row) ?? this.owners.get(row));
    return found.every((owner) => owner !== undefined) ? found : null;
  }

  /** To be called once a write of these ids has ended, whether it succeeded or not. */
  wrote(ids: readonly string[]): void {
    this.writes++;
    for (const id of ids) this.cache.delete(id);
  }

  /** `writes`: how many there were before the row was read. */
  private keep(row: Row, writes: number): StoredProduct {
    const stored = fromRow(row);
    if (this.keeps && writes === this.writes) this.cache.set(row.id, stored, { size: row.payload.length });
    return stored;
  }
}

/** A copy, because a row of Arrow holds on to all rows that were read with it. */
function ownerOf({ id, has_image_embedding, has_text_embedding }: Row): Owner {
  return { id, has_image_embedding, has_text_embedding };
}
