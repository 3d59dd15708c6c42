import { type Connection, connect, type Table } from "@lancedb/lancedb";
import { LikenessError } from "../../domain/errors.js";
import type { Model, Outcome, ProductIndex } from "../../domain/ports.js";
import { type StoredProduct, wrongDimension } from "../../domain/product.js";
import type { IndexPage, IndexQuery, ProductFilter } from "../../domain/search.js";
import type { Logger } from "../../log.js";
import { toArrow } from "./arrow-rows.js";
import { engineCaches } from "./engine-caches.js";
import { filterSql, isIn } from "./filter-sql.js";
import { removeReplaced, servingFolder } from "./generations.js";
import { hasTable } from "./has-table.js";
import { type DataDirLock, lockDataDir } from "./lock.js";
import { checkMeta, LAYOUT, readMeta, writeMeta } from "./meta.js";
import { ProductIds } from "./product-ids.js";
import { productSchema } from "./schema.js";
import { openSearched, type Searched, searchTable } from "./search-table.js";
import { TABLE } from "./table-name.js";
import { EXACT_ROWS, Tuning } from "./tuning.js";
import { unreadable } from "./unreadable.js";

/** So long after the last write the index is put in order. */
const IDLE_MS = 1_000;

export interface LanceDbOptions {
  readonly dataDir: string;
  readonly log?: Logger;
  /** Rows up to which searches compare them all; past it vector indexes are built. */
  readonly exactRows?: number;
  /** Memory for embeddings, half of it for those of pictures and half for those of words; none unless given. */
  readonly memoryBytes?: number;
  /** Memory for what the engine keeps of its indexes; a quarter of what this process may have unless given. */
  readonly engineBytes?: number;
}

interface Opened {
  readonly db: Connection;
  readonly searched: Searched;
  readonly ids: ProductIds;
  readonly tuning: Tuning;
  readonly dimension: number;
  /** Where the table and its meta.json are: that of the generation that serves. */
  readonly folder: string;
  readonly lock: DataDirLock;
}

/** A product index in files of this process: no server to run. `ensureReady` opens it and claims its folder. */
export class LanceDbIndex implements ProductIndex {
  readonly kind = "lancedb";
  readonly name: string;
  private opened: Opened | null = null;
  /** Ends when the last write that was asked for has ended; writes wait for it, searches do not. */
  private lastWrite: Promise<unknown> = Promise.resolve();
  private pendingTurns = 0;
  private tuningQueued = false;
  private closing = false;
  /** Puts what was written since into the word indexes; null while nothing does. */
  private refreshing: Promise<unknown> | null = null;
  private idle: NodeJS.Timeout | null = null;

  constructor(private readonly options: LanceDbOptions) {
    this.name = options.dataDir;
  }

  async ensureReady(model: Model): Promise<void> {
    await this.inTurn(async () => {
      const meta = this.opened && readMeta(this.opened.folder);
      if (meta) checkMeta(meta, model);
      else this.opened = await this.open(model);
    });
  }

  async search(queries: readonly IndexQuery[]): Promise<Outcome<IndexPage>[]> {
    const { searched, tuning } = this.ready();
    if (queries.some(({ order }) => order.kind === "lexical")) await this.refreshWords();
    const pages = await searchTable(searched, tuning.breadth, queries);
    return pages.map((page) => (page instanceof Error ? this.failed("search", page) : page));
  }

  async get(ids: readonly string[], withEmbeddings = true): Promise<Outcome<StoredProduct | null>[]> {
    try {
      const { searched, ids: all } = this.ready();
      const stored = await searched.products.read([...(await all.known(ids))], withEmbeddings);
      return ids.map((id) => stored.get(id) ?? null);
    } catch (error) {
      const failure = this.failed("get", error);
      return ids.map(() => failure);
    }
  }

  checkWritable(): void {}

  async upsert(items: readonly StoredProduct[]): Promise<Outcome<"created" | "updated">[]> {
    const { searched, ids: all, dimension } = this.ready();
    const checked = items.map((item) => wrongDimension(item, dimension) ?? item);
    const good = checked.filter((each): each is StoredProduct => !(each instanceof Error));
    if (good.length === 0) return checked as Error[];
    try {
      const ids = good.map((each) => each.product.id);
      // Before its turn comes, while the engine writes for others.
      const data = toArrow(good, dimension);
      const known = await this.write(ids, async () => {
        const before = await all.known(ids);
        // To merge, the engine reads the ids of the whole table.
        if (before.size === 0 && new Set(ids).size === ids.length) await searched.table.add(data);
        else await searched.table.mergeInsert("id").whenMatchedUpdateAll().whenNotMatchedInsertAll().execute(data);
        await all.added(ids);
        return before;
      });
      return checked.map((each) => (each instanceof Error ? each : known.has(each.product.id) ? "updated" : "created"));
    } catch (error) {
      const failure = this.failed("upsert", error);
      return checked.map((each) => (each instanceof Error ? each : failure));
    }
  }

  async delete(ids: readonly string[]): Promise<Outcome<boolean>[]> {
    const { searched, ids: all } = this.ready();
    try {
      const known = await this.write(ids, async () => {
        const before = await all.known(ids);
        if (before.size > 0) await searched.table.delete(isIn("id", [...before]));
        await all.removed(ids);
        return before;
      });
      return ids.map((id) => known.delete(id));
    } catch (error) {
      const failure = this.failed("delete", error);
      return ids.map(() => failure);
    }
  }

  async count(filter?: ProductFilter): Promise<number> {
    // The engine has counts in memory, and gives them though the folder is gone.
    const { searched } = this.owned();
    try {
      return await searched.table.countRows(filter && filterSql(filter));
    } catch (error) {
      throw this.failed("count", error);
    }
  }

  /** Waits for the writes under way, not for tuning that has not begun; another process can open the folder afterwards. */
  async close(): Promise<void> {
    this.closing = true;
    if (this.idle) clearTimeout(this.idle);
    await this.inTurn(async () => {
      this.closing = false;
      const { opened } = this;
      this.opened = null;
      opened?.searched.table.close();
      opened?.db.close();
      opened?.lock.release();
    });
  }

  private async open(model: Model): Promise<Opened> {
    const { dataDir, log } = this.options;
    const lock = lockDataDir(dataDir);
    try {
      // Not before the folder is claimed: whoever had it may have just made another generation serve.
      const folder = servingFolder(dataDir);
      this.tidyUp();
      const session = engineCaches(this.options.engineBytes);
      // Among the options: as an argument of its own, LanceDB 0.30 passes it over.
      const db = await connect(folder, { session });
      const table = await openTable(db, folder, model);
      const { memoryBytes = 0 } = this.options;
      const searched = openSearched(table, { keeps: true, dimension: model.dimension, memoryBytes });
      const tuning = new Tuning(searched, folder, this.options.exactRows ?? EXACT_ROWS, log);
      await tuning.start();
      this.settleWhenIdle();
      return { db, searched, ids: new ProductIds(table), tuning, dimension: model.dimension, folder, lock };
    } catch (error) {
      lock.release();
      throw unreadable(dataDir, error);
    }
  }

  /** A kill may have left a whole index that nothing leads to. */
  private tidyUp(): void {
    try {
      removeReplaced(this.options.dataDir);
    } catch (error) {
      this.options.log?.warn({ err: error }, "an index that was replaced could not be removed");
    }
  }

  private ready(): Opened {
    if (this.opened) return this.opened;
    throw new LikenessError("INDEX_UNAVAILABLE", "The product index is not open.");
  }

  /** What is open, for a change or for what a reader may go by. Throws INDEX_UNAVAILABLE once the folder is not this process's any more. */
  private owned(): Opened {
    const opened = this.ready();
    opened.lock.check();
    return opened;
  }

  private async write<T>(ids: readonly string[], change: () => Promise<T>): Promise<T> {
    return this.inTurn(async () => {
      const { searched, ids: all, tuning } = this.owned();
      try {
        return await change();
      } catch (error) {
        all.forget();
        throw error;
      } finally {
        searched.products.wrote(ids);
        searched.passing.forget();
        if (tuning.wrote(ids.length)) this.tuneLater((each) => each.tune());
        this.settleWhenIdle();
      }
    });
  }

  private settleWhenIdle(): void {
    if (this.idle) clearTimeout(this.idle);
    this.idle = setTimeout(() => {
      // A write that waits for a build is no pause.
      if (this.pendingTurns > 0) this.settleWhenIdle();
      else this.tuneLater((tuning) => tuning.settle());
    }, IDLE_MS).unref();
  }

  /** Takes its turn among the writes, so that a build and a write never compete for the same version of the table. */
  private tuneLater(work: (tuning: Tuning) => Promise<void>): void {
    if (this.tuningQueued) return;
    this.tuningQueued = true;
    void this.inTurn(async () => {
      this.tuningQueued = false;
      if (!this.opened || this.closing) return;
      await work(this.owned().tuning);
    }).catch((error) => this.options.log?.warn({ err: error }, "index tuning failed; searches go on without it"));
  }

  /**
   * The engine finds rows that its word index lacks by exact words only, not by typos or phrases, so what was written
   * since is put in first, unless that would mean waiting for other writes or for large vector indexes. Searches that come
   * meanwhile wait with the first.
   */
  private async refreshWords(): Promise<void> {
    const { tuning } = this.ready();
    if (!this.refreshing && this.pendingTurns === 0 && tuning.hasStaleWords && !tuning.hasVectorIndex) {
      this.refreshing = this.inTurn(async () => await this.owned().tuning.refresh())
        .catch((error) => this.failed("refresh", error))
        .finally(() => {
          this.refreshing = null;
        });
    }
    await this.refreshing;
  }

  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    this.pendingTurns++;
    const turn = this.lastWrite.then(work).finally(() => this.pendingTurns--);
    this.lastWrite = turn.catch(() => {});
    return turn;
  }

  private failed(action: string, error: unknown): LikenessError {
    // Who is still at work then has lost its client, or waited too long for it: the server has answered all others.
    if (!this.opened) return new LikenessError("INDEX_UNAVAILABLE", "The product index is not open.", { cause: error });
    this.options.log?.error({ err: error, action }, "index failed");
    if (error instanceof LikenessError) return error;
    return new LikenessError("INDEX_UNAVAILABLE", `The product index could not ${action}: try again, and see the server's log.`, {
      cause: error,
    });
  }
}

/** The model's name is written before the table is made: a crash in between leaves an empty index, not a nameless one. */
async function openTable(db: Connection, folder: string, model: Model): Promise<Table> {
  const exists = hasTable(folder);
  const meta = readMeta(folder);
  if (exists && meta) {
    checkMeta(meta, model);
    return db.openTable(TABLE);
  }
  if (exists) {
    throw new LikenessError("INDEX_UNAVAILABLE", `${folder} has a table but no meta.json: set another LIKENESS_DATA_DIR and ingest again.`);
  }
  writeMeta(folder, { layout: LAYOUT, modelId: model.modelId, dimension: model.dimension });
  return db.createEmptyTable(TABLE, productSchema(model.dimension));
}
