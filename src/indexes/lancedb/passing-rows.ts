import type { Table } from "@lancedb/lancedb";
import { LRUCache } from "lru-cache";
import { rowKeys } from "./row-key.js";

/** Row ids that are kept of all filters together; the text of a filter counts too, eight characters as one, since both take 8 bytes. */
const MAX_KEPT_ROWS = 1_000_000;

export interface PassingOptions {
  /** False for a table that another process writes. */
  readonly keeps: boolean;
  /** The longest list at first, and while writes go on, each of which makes all lists anew. */
  readonly most: number;
  /** The longest list of a filter that is asked for again, once writes have paused. */
  readonly mostSettled: number;
}

/**
 * The rows that pass a filter. A shop asks by the same few categories and brands again and again, and to list what passes
 * takes the engine as long as to find the nearest of it, so lists are kept until the next write.
 */
export class PassingRows {
  /** A list, or how many more than which pass. */
  private readonly kept = new LRUCache<string, readonly number[] | { readonly moreThan: number }>({
    maxSize: MAX_KEPT_ROWS,
    sizeCalculation: (found, where) => ("moreThan" in found ? 1 : found.length + 1) + Math.ceil(where.length / 8),
  });
  /** Lists that the engine is making: the searches of one operation ask for the same few at once. */
  private readonly underWay = new Map<string, Promise<readonly number[] | null>>();
  private changes = 0;
  private settled = false;

  constructor(
    private readonly table: Table,
    private readonly options: PassingOptions,
  ) {}

  /** Whether no write has come for a while. */
  get areSettled(): boolean {
    return this.settled;
  }

  /** Null where more pass than a list may have. `again`: it was asked for since the last write, or will often be. */
  async of(where: string, again = this.kept.has(where)): Promise<readonly number[] | null> {
    const most = again && this.settled ? this.options.mostSettled : this.options.most;
    const known = this.kept.get(where);
    if (known && !("moreThan" in known)) return known;
    if (known && known.moreThan >= most) return null;
    const key = `${most} ${where}`;
    const joined = this.underWay.get(key);
    if (joined) return await joined;
    const listing = this.list(where, most).finally(() => {
      if (this.underWay.get(key) === listing) this.underWay.delete(key);
    });
    this.underWay.set(key, listing);
    return await listing;
  }

  private async list(where: string, most: number): Promise<readonly number[] | null> {
    const { changes } = this;
    const found = await this.table
      .query()
      .select([])
      .where(where)
      .withRowId()
      .limit(most + 1)
      .toArrow();
    const rows = rowKeys(found.getChild("_rowid"));
    const passing = rows.length > most ? null : rows;
    if (this.options.keeps && changes === this.changes) this.kept.set(where, passing ?? { moreThan: most });
    return passing;
  }

  /** To be called once no write has come for a while. */
  settle(): void {
    this.settled = true;
  }

  /** To be called after each write, and when rows have come to lie elsewhere. */
  forget(): void {
    this.changes++;
    this.kept.clear();
    this.underWay.clear();
    this.settled = false;
  }
}
