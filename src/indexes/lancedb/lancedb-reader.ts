import { type Connection, connect, type Table } from "@lancedb/lancedb";
import { LikenessError } from "../../domain/errors.js";
import type { Outcome, ReadableIndex } from "../../domain/ports.js";
import type { StoredProduct } from "../../domain/product.js";
import type { IndexPage, IndexQuery, ProductFilter } from "../../domain/search.js";
import { filterSql } from "./filter-sql.js";
import { hasTable } from "./has-table.js";
import { type Meta, readMeta } from "./meta.js";
import { openSearched, type Searched, searchTable } from "./search-table.js";
import { TABLE } from "./table-name.js";
import { unreadable } from "./unreadable.js";

/**
 * Reads the table of one folder as it is now, changing nothing and claiming nothing: its owner may serve and write it
 * meanwhile. Semantic searches compare all rows.
 */
export class LanceDbReader implements ReadableIndex {
  private readonly searched: Searched;

  private constructor(
    private readonly folder: string,
    /** Whose embeddings it holds. */
    readonly meta: Meta,
    private readonly db: Connection,
    private readonly table: Table,
  ) {
    this.searched = openSearched(table, { keeps: false, dimension: meta.dimension, memoryBytes: 0 });
  }

  /** Throws INDEX_UNAVAILABLE where there is no index, or none that can be read. */
  static async open(folder: string): Promise<LanceDbReader> {
    const meta = readMeta(folder);
    if (!meta || !hasTable(folder)) {
      throw new LikenessError("INDEX_UNAVAILABLE", `There is no index in ${folder}: ingest first, or set LIKENESS_DATA_DIR to its folder.`);
    }
    // 0 seconds: each read looks for the latest version first.
    const db = await connect(folder, { readConsistencyInterval: 0 });
    try {
      return new LanceDbReader(folder, meta, db, await db.openTable(TABLE));
    } catch (error) {
      db.close();
      throw unreadable(folder, error);
    }
  }

  async search(queries: readonly IndexQuery[]): Promise<Outcome<IndexPage>[]> {
    const pages = await searchTable(this.searched, null, queries);
    return pages.map((page) => (page instanceof Error ? unreadable(this.folder, page) : page));
  }

  async get(ids: readonly string[], withEmbeddings = true): Promise<Outcome<StoredProduct | null>[]> {
    try {
      const stored = await this.searched.products.read(ids, withEmbeddings);
      return ids.map((id) => stored.get(id) ?? null);
    } catch (error) {
      const failure = unreadable(this.folder, error);
      return ids.map(() => failure);
    }
  }

  async count(filter?: ProductFilter): Promise<number> {
    return await this.table.countRows(filter && filterSql(filter));
  }

  close(): void {
    this.table.close();
    this.db.close();
  }
}
