import type { Table } from "@lancedb/lancedb";

/**
 * The ids of all products of a table, some 80 bytes each. Whether a product is there is asked twice for every product that is
 * ingested, and the engine takes longer to tell than to write it. Safe because one process at a time owns the table and
 * tells of every write.
 */
export class ProductIds {
  /** Null until they are asked for, and after a write that failed, of which nobody knows what it has done. */
  private ids: Promise<Set<string>> | null = null;

  constructor(private readonly table: Table) {}

  /** Which of the ids are in the table. */
  async known(ids: readonly string[]): Promise<Set<string>> {
    this.ids ??= this.read();
    const all = await this.ids;
    return new Set(ids.filter((id) => all.has(id)));
  }

  async added(ids: Iterable<string>): Promise<void> {
    const all = await this.ids;
    for (const id of ids) all?.add(id);
  }

  async removed(ids: Iterable<string>): Promise<void> {
    const all = await this.ids;
    for (const id of ids) all?.delete(id);
  }

  /** To be called after a write that failed: what is asked next reads them again. */
  forget(): void {
    this.ids = null;
  }

  private async read(): Promise<Set<string>> {
    try {
      const found = await this.table.query().select(["id"]).toArrow();
      return new Set((found.getChild("id") ?? []) as Iterable<string>);
    } catch (error) {
      this.forget();
      throw error;
    }
  }
}
