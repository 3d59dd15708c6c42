import type { Table } from "@lancedb/lancedb";

/**
 * The ids of all products of a table, some 80 bytes each. Whether a product is there is asked twice for every product that is
 * ingested, and the engine takes longer to tell than to write it. Safe because one process at a time owns the table and
 * tells of every write.
 */
export class ProductIds {
  private ids = new Set<string>();

  private constructor(private readonly table: Table) {}

  static async read(table: Table): Promise<ProductIds> {
    const ids = new ProductIds(table);
    await ids.reread();
    return ids;
  }

  /** To be called after a write that failed, of which nobody knows what it has done. */
  async reread(): Promise<void> {
    const found = await this.table.query().select(["id"]).toArrow();
    this.ids = new Set((found.getChild("id") ?? []) as Iterable<string>);
  }

  /** Which of the ids are in the table. */
  known(ids: readonly string[]): Set<string> {
    return new Set(ids.filter((id) => this.ids.has(id)));
  }

  added(ids: Iterable<string>): void {
    for (const id of ids) this.ids.add(id);
  }

  removed(ids: Iterable<string>): void {
    for (const id of ids) this.ids.delete(id);
  }
}
