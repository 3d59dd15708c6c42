import type { Table } from "@lancedb/lancedb";
import { LRUCache } from "lru-cache";
import type { StoredProduct } from "../../domain/product.js";
import { isIn } from "./filter-sql.js";
import { EMBEDDING_COLUMNS, fromRow, type Row, STORED_COLUMNS } from "./schema.js";

/** Products kept in memory, by the characters of their stored form. */
const MAX_CACHED_CHARS = 64 * 1024 * 1024;

/**
 * Reads products by id. Reading the ten of a page costs the engine more than finding them, so those read without their
 * embeddings are kept; that is safe because one process at a time owns the table and tells of every write.
 */
export class ProductReader {
  private readonly cache = new LRUCache<string, StoredProduct>({ maxSize: MAX_CACHED_CHARS });
  /** Writes so far: what was read before one must not be kept after it. */
  private writes = 0;

  /** `keeps` is false for a table that another process writes. */
  constructor(
    private readonly table: Table,
    private readonly keeps = true,
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
    if (missing.length === 0) return found;
    const { writes } = this;
    const columns = withEmbeddings ? [...STORED_COLUMNS, ...EMBEDDING_COLUMNS] : STORED_COLUMNS;
    const rows = (await this.table.query().select(columns).where(isIn("id", missing)).toArray()) as Row[];
    for (const row of rows) {
      const stored = fromRow(row);
      found.set(row.id, stored);
      if (this.keeps && !withEmbeddings && writes === this.writes) this.cache.set(row.id, stored, { size: row.payload.length });
    }
    return found;
  }

  /** To be called once a write of these ids has ended, whether it succeeded or not. */
  wrote(ids: readonly string[]): void {
    this.writes++;
    for (const id of ids) this.cache.delete(id);
  }
}
