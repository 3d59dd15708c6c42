import type { Table } from "@lancedb/lancedb";
import type { Embedding } from "../../domain/embedding.js";
import type { CodedList } from "./coded-list.js";
import type { KeptEmbeddings } from "./kept-embeddings.js";
import type { EmbeddingColumn } from "./schema.js";
import type { ScoredRow } from "./scored-rows.js";

/** Embeddings that are compared exactly for one search, at most, in 1 to 2 ms: for more a walk of the graph is as fast. */
const MOST_COMPARED = 4_000;
/** After a search that would have compared more, so many that are as deep are not tried. */
const NOT_TRIED = 10;

/**
 * All rows of a column as one list in memory, so that a search needs no query of the engine, each of which takes some
 * milliseconds before the graph is walked. It is laid out while nobody writes; from the next write on the engine finds.
 */
export class ColumnScan {
  private list: CodedList | null = null;
  /** How deep the last search was that would have compared too many, and how many as deep are not to be tried yet. */
  private hard = { depth: 0, notTried: 0 };

  constructor(
    private readonly table: Table,
    private readonly column: EmbeddingColumn,
    private readonly embeddings: KeptEmbeddings,
    private readonly maxRows: number,
  ) {}

  /** To be called after each write, and when rows have come to lie elsewhere. */
  forget(): void {
    this.list = null;
  }

  /** Nobody is to write meanwhile. False when it was laid out already, or cannot be. */
  async layOut(): Promise<boolean> {
    const has = `has_${this.column}`;
    if (this.list || !(await this.embeddings.fit()) || (await this.table.countRows(has)) > this.maxRows) return false;
    const rows = await this.table.query().select([]).where(has).withRowId().toArrow();
    this.list = await this.embeddings.list(Array.from(rows.getChild("_rowid") ?? [], Number));
    return this.list !== null;
  }

  /** The nearest `k` and those equal to the last of them, best first; null where the engine had better find them. */
  nearest(query: Embedding, k: number): ScoredRow[] | null {
    if (!this.list || (k >= this.hard.depth && this.hard.notTried-- > 0)) return null;
    const found = this.list.nearest(query, k, MOST_COMPARED);
    if (!found) this.hard = { depth: k, notTried: NOT_TRIED };
    return found;
  }
}
