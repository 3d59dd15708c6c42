import { Index, type Table } from "@lancedb/lancedb";
import type { Logger } from "../../log.js";
import { EMBEDDING_COLUMNS } from "./schema.js";

/** Up to so many rows a search compares them all: exact, and as fast as a vector index. */
export const EXACT_ROWS = 10_000;
/** Each write adds a fragment and a version; so many are put together at once. */
const WRITES_PER_OPTIMIZE = 50;
/** Old versions stay this long for searches that still read them. */
const KEEP_VERSIONS_MS = 10 * 60_000;

/**
 * One partition: an HNSW graph over all rows, which a search always enters whole. m and efConstruction are those that
 * gave recall@10 of .98 and more; refining by the true embeddings lifts it to about 1.
 */
const VECTOR_INDEX = Index.hnswSq({ distanceType: "cosine", numPartitions: 1, m: 16, efConstruction: 150 });
const SCALAR_INDEXES = [
  { column: "id", config: Index.btree() },
  { column: "brand", config: Index.bitmap() },
  { column: "categories", config: Index.labelList() },
];

/** Decides after each write whether the table wants an index built or its pieces put together. Run by the one writer. */
export class Tuning {
  private writes = 0;
  private readonly indexed = new Set<string>();

  constructor(
    private readonly table: Table,
    private readonly exactRows: number,
    private readonly log?: Logger,
  ) {}

  /** Whether searches have a vector index to use or to pass by. */
  get hasVectorIndexes(): boolean {
    return EMBEDDING_COLUMNS.some((column) => this.indexed.has(column));
  }

  async start(): Promise<void> {
    for (const { columns } of await this.table.listIndices()) for (const column of columns) this.indexed.add(column);
  }

  /** True when `tune` may have something to do. */
  wrote(): boolean {
    this.writes++;
    return this.writes >= WRITES_PER_OPTIMIZE || EMBEDDING_COLUMNS.some((column) => !this.indexed.has(column));
  }

  async tune(): Promise<void> {
    await this.buildIndexes();
    if (this.writes < WRITES_PER_OPTIMIZE) return;
    this.writes = 0;
    const startedMs = performance.now();
    await this.table.optimize({ cleanupOlderThan: new Date(Date.now() - KEEP_VERSIONS_MS) });
    this.log?.debug({ tookMs: Math.round(performance.now() - startedMs) }, "index optimized");
  }

  /** An embedding column is indexed once it alone is past the rows that exact search is for. */
  private async buildIndexes(): Promise<void> {
    for (const column of EMBEDDING_COLUMNS) {
      if (this.indexed.has(column)) continue;
      const rows = await this.table.countRows(`has_${column}`);
      if (rows <= this.exactRows) continue;
      const startedMs = performance.now();
      for (const scalar of SCALAR_INDEXES) await this.build(scalar.column, scalar.config);
      await this.build(column, VECTOR_INDEX);
      this.log?.info({ column, rows, tookMs: Math.round(performance.now() - startedMs) }, "vector index built");
    }
  }

  private async build(column: string, config: Index): Promise<void> {
    if (this.indexed.has(column)) return;
    await this.table.createIndex(column, { config });
    this.indexed.add(column);
  }
}
