import type { Table } from "@lancedb/lancedb";
import { LRUCache } from "lru-cache";

/** Row ids that are kept of all filters together. */
const MAX_KEPT_ROWS = 1_000_000;

/**
 * The rows that pass a filter. A shop asks by the same few categories and brands again and again, and to list what passes
 * takes the engine as long as to find the nearest of it, so lists are kept until the next write.
 */
export class PassingRows {
  private readonly kept = new LRUCache<string, readonly number[] | "many">({
    maxSize: MAX_KEPT_ROWS,
    sizeCalculation: (rows) => (rows === "many" ? 1 : rows.length + 1),
  });
  private changes = 0;

  /** `keeps` is false for a table that another process writes; `most`: the longest list that is wanted. */
  constructor(
    private readonly table: Table,
    private readonly options: { readonly keeps: boolean; readonly most: number },
  ) {}

  /** Null where more than the most pass. */
  async of(where: string): Promise<readonly number[] | null> {
    const { keeps, most } = this.options;
    const known = this.kept.get(where);
    if (known) return known === "many" ? null : known;
    const { changes } = this;
    const found = await this.table
      .query()
      .select([])
      .where(where)
      .withRowId()
      .limit(most + 1)
      .toArrow();
    const rows = Array.from(found.getChild("_rowid") ?? [], Number);
    const passing = rows.length > most ? null : rows;
    if (keeps && changes === this.changes) this.kept.set(where, passing ?? "many");
    return passing;
  }

  /** To be called after each write, and when rows have come to lie elsewhere. */
  forget(): void {
    this.changes++;
    this.kept.clear();
  }
}
