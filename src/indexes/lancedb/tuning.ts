import { join } from "node:path";
import { Index, type Table } from "@lancedb/lancedb";
import type { Logger } from "../../log.js";
import { measureBreadth, NARROWEST } from "./measure-breadth.js";
import { removeEmptyFolders } from "./remove-empty-folders.js";
import { EMBEDDING_COLUMNS, type EmbeddingColumn, WORD_COLUMNS } from "./schema.js";
import type { Searched } from "./search-table.js";
import { TABLE } from "./table-name.js";

/** Up to so many rows a search compares them all: exact, and fast enough. */
export const EXACT_ROWS = 10_000;
/** Each write adds a fragment and a version, which every search pays for: past so many they are put together. */
const MANY_WRITES = 50;
/** So many rows beside the graph are worth no build while more come: to compare them, of 512 numbers, costs a search 0.3 s. */
const ROWS_BESIDE = 100_000;
/** However many products there are, no more writes than this pile up. */
const MOST_WRITES = 500;
/** Rows that no vector index holds yet are compared one by one; so many are not worth a build. */
const FEW_ROWS = 500;
/** Old versions stay this long for searches that still read them. */
const KEEP_VERSIONS_MS = 10 * 60_000;

/** The engine removes the files of old indexes, but not the folders they were in: two stay of each refresh. */
const REFRESHES_A_SWEEP = 100;

/** One partition: an HNSW graph over all rows. Wider graphs (m 24, 32) took two to three times as long to build. */
const vectorIndex = () => Index.hnswSq({ distanceType: "cosine", numPartitions: 1, m: 16, efConstruction: 150 });
/** The words are split and folded before they come here, so the engine only stems. Positions are for phrases. */
const wordIndex = () =>
  Index.fts({
    withPosition: true,
    baseTokenizer: "whitespace",
    language: "English",
    stem: true,
    removeStopWords: false,
    lowercase: false,
    asciiFolding: false,
    maxTokenLength: 200,
  });
/** Made anew for each build: the engine takes such an object once only. */
const SCALAR_INDEXES = [
  { column: "id", config: () => Index.btree() },
  { column: "brand", config: () => Index.bitmap() },
  { column: "categories", config: () => Index.labelList() },
];

/**
 * Decides when the table wants an index built or its pieces put together. Either costs about as much as building anew,
 * so under a stream of writes it is done each time the table has doubled, for a small table less often, and otherwise once
 * the writes pause. Run by the one writer.
 */
export class Tuning {
  private writes = 0;
  private rowsWritten = 0;
  private refreshes = 0;
  private rowsAtLast = 0;
  private readonly indexed = new Set<string>();
  private measured: number | null = null;

  private readonly table: Table;

  constructor(
    private readonly searched: Searched,
    /** Where the table is. */
    private readonly folder: string,
    private readonly exactRows: number,
    private readonly log?: Logger,
  ) {
    this.table = searched.table;
  }

  /** Breadth of a search in the graph (ef); null while there is no vector index, so that every row is compared. */
  get breadth(): number | null {
    return this.hasVectorIndex ? (this.measured ?? NARROWEST) : null;
  }

  get hasVectorIndex(): boolean {
    return this.graphs.length > 0;
  }

  /** The embedding columns that have a graph. */
  private get graphs(): EmbeddingColumn[] {
    return EMBEDDING_COLUMNS.filter((column) => this.indexed.has(column));
  }

  async start(): Promise<void> {
    for (const { columns } of await this.table.listIndices()) for (const column of columns) this.indexed.add(column);
    for (const column of WORD_COLUMNS) if (!this.indexed.has(column)) await this.build(column, wordIndex());
    this.rowsAtLast = await this.table.countRows();
    const { fragmentStats } = await this.table.stats();
    // A table that was written to only once has one fragment, as one has whose pieces were put together.
    const unindexed = await Promise.all(WORD_COLUMNS.map((column) => this.unindexedRows(column)));
    this.writes = Math.max(unindexed.some((rows) => rows > 0) ? 1 : 0, fragmentStats.numSmallFragments - 1);
  }

  /** Whether rows were written that the word indexes may lack. */
  get hasStaleWords(): boolean {
    return this.writes > 0;
  }

  /** To be told of each write; true when `tune` has something to do at once. */
  wrote(rows: number): boolean {
    this.writes++;
    this.rowsWritten += rows;
    return this.mayBuild() || this.mayOptimize();
  }

  /** What cannot wait while writes go on. */
  async tune(): Promise<void> {
    if (this.mayOptimize()) await this.optimize();
    else if (this.mayBuild()) await this.buildMissing();
  }

  /** Puts the pieces together and what was written since into the indexes. */
  async refresh(): Promise<void> {
    const startedMs = performance.now();
    try {
      await this.putTogether();
    } catch (error) {
      // Of LanceDB 0.30 a word index can fail for good once a word has gone with its last product, and a new word comes
      // (https://github.com/lance-format/lance/issues/8310): made anew, it works again.
      this.log?.warn({ err: error }, "the word indexes are made anew, since the engine could not update them");
      for (const column of WORD_COLUMNS) await this.build(column, wordIndex());
      await this.putTogether();
    }
    this.writes = 0;
    if (this.refreshes++ % REFRESHES_A_SWEEP === 0) await removeEmptyFolders(join(this.folder, `${TABLE}.lance`, "_indices"));
    this.log?.debug({ tookMs: Math.round(performance.now() - startedMs) }, "index optimized");
  }

  /**
   * What is better done once no write has come for a while: one graph for all rows, searched as broadly as it needs,
   * all words in their indexes, and all embeddings in memory laid out.
   */
  async settle(): Promise<void> {
    if (this.writes >= MANY_WRITES) await this.optimize();
    else await this.buildMissing();
    if (!this.hasVectorIndex) return;
    await this.settleIndexes();
    this.searched.passing.settle();
    for (const column of this.graphs) await this.layOut(column);
  }

  private async settleIndexes(): Promise<void> {
    for (const column of this.graphs) {
      const { numUnindexedRows = 0, numIndices = 1 } = (await this.table.indexStats(`${column}_idx`)) ?? {};
      if (numUnindexedRows > FEW_ROWS || numIndices !== 1) await this.buildGraph(column);
    }
    for (const column of WORD_COLUMNS) {
      if ((await this.unindexedRows(column)) > FEW_ROWS) await this.build(column, wordIndex());
    }
    if (this.measured === null) await this.measure();
  }

  private async unindexedRows(column: string): Promise<number> {
    return (await this.table.indexStats(`${column}_idx`))?.numUnindexedRows ?? 0;
  }

  private async putTogether(): Promise<void> {
    try {
      const { compaction } = await this.table.optimize({ cleanupOlderThan: new Date(Date.now() - KEEP_VERSIONS_MS) });
      if (compaction.fragmentsRemoved > 0) this.rowsMoved();
    } catch (error) {
      // They may have been by then.
      this.rowsMoved();
      throw error;
    }
  }

  private rowsMoved(): void {
    this.searched.passing.forget();
    for (const column of EMBEDDING_COLUMNS) this.searched.embeddings[column].forget();
  }

  private mayBuild(): boolean {
    return this.rowsWritten > this.exactRows / 2 && this.graphs.length < EMBEDDING_COLUMNS.length;
  }

  private mayOptimize(): boolean {
    return this.writes >= MOST_WRITES || (this.writes >= MANY_WRITES && this.rowsWritten >= Math.max(this.rowsAtLast, ROWS_BESIDE));
  }

  private async optimize(): Promise<void> {
    await this.dropOutgrown();
    await this.refresh();
    this.rowsWritten = 0;
    this.rowsAtLast = await this.table.countRows();
    await this.buildMissing();
  }

  /** Putting pieces together, the engine rebuilds each graph: one that holds the lesser part of the rows is made anew afterwards. */
  private async dropOutgrown(): Promise<void> {
    for (const column of this.graphs) {
      const { numIndexedRows = 0, numUnindexedRows = 0 } = (await this.table.indexStats(`${column}_idx`)) ?? {};
      if (numUnindexedRows <= numIndexedRows) continue;
      await this.table.dropIndex(`${column}_idx`);
      this.indexed.delete(column);
    }
  }

  /** An embedding column is indexed once it alone is past the rows that exact search is for. */
  private async buildMissing(): Promise<void> {
    for (const column of EMBEDDING_COLUMNS) {
      if (this.indexed.has(column) || (await this.table.countRows(`has_${column}`)) <= this.exactRows) continue;
      for (const scalar of SCALAR_INDEXES) if (!this.indexed.has(scalar.column)) await this.build(scalar.column, scalar.config());
      await this.buildGraph(column);
    }
  }

  private async buildGraph(column: EmbeddingColumn): Promise<void> {
    await this.build(column, vectorIndex());
    this.measured = null;
  }

  private async build(column: string, config: Index): Promise<void> {
    const startedMs = performance.now();
    await this.table.createIndex(column, { config, replace: true });
    this.indexed.add(column);
    this.log?.info({ column, tookMs: Math.round(performance.now() - startedMs) }, "index built");
  }

  /** So that the first search need not wait for it. */
  private async layOut(column: EmbeddingColumn): Promise<void> {
    const { passing, embeddings } = this.searched;
    if (!(await embeddings[column].fit())) return;
    const startedMs = performance.now();
    const rows = await passing.of(`has_${column}`, true);
    if (!rows || !(await embeddings[column].list(rows))) return;
    this.log?.debug({ column, tookMs: Math.round(performance.now() - startedMs) }, "embeddings laid out");
  }

  private async measure(): Promise<void> {
    const found = await Promise.all(this.graphs.map((column) => measureBreadth(this.searched, column)));
    const { breadth, recall } = found.reduce((a, b) => (b.breadth > a.breadth ? b : a));
    this.measured = breadth;
    this.log?.info({ breadth, recall }, "breadth of vector searches chosen");
  }
}
