import { type Connection, connect, type Table } from "@lancedb/lancedb";
import { badInput, LikenessError } from "../../domain/errors.js";
import type { Outcome, ProductIndex } from "../../domain/ports.js";
import type { StoredProduct } from "../../domain/product.js";
import type { IndexPage, IndexQuery, ProductFilter } from "../../domain/search.js";
import type { Logger } from "../../log.js";
import { toArrow } from "./arrow-rows.js";
import { filterSql, isIn } from "./filter-sql.js";
import { lockDataDir } from "./lock.js";
import { checkModel, readMeta, writeMeta } from "./meta.js";
import { productSchema } from "./schema.js";
import { loadProducts, searchTable } from "./search-table.js";
import { EXACT_ROWS, Tuning } from "./tuning.js";

const TABLE = "products";

export interface LanceDbOptions {
  readonly dataDir: string;
  readonly log?: Logger;
  /** Rows up to which searches compare them all; past it vector indexes are built. */
  readonly exactRows?: number;
}

interface Opened {
  readonly db: Connection;
  readonly table: Table;
  readonly tuning: Tuning;
  readonly dimension: number;
  readonly unlock: () => void;
}

/** A product index in files of this process: no server to run. `ensureReady` opens it and claims its folder. */
export class LanceDbIndex implements ProductIndex {
  readonly kind = "lancedb";
  readonly name: string;
  private opened: Opened | null = null;
  /** Ends when the last write that was asked for has ended; writes wait for it, searches do not. */
  private lastWrite: Promise<unknown> = Promise.resolve();
  private tuningQueued = false;

  constructor(private readonly options: LanceDbOptions) {
    this.name = options.dataDir;
  }

  async ensureReady(model: { modelId: string; dimension: number }): Promise<void> {
    await this.inTurn(async () => {
      const meta = this.opened && readMeta(this.options.dataDir);
      if (meta) checkModel(meta, model);
      else this.opened = await this.open(model);
    });
  }

  async search(queries: readonly IndexQuery[]): Promise<Outcome<IndexPage>[]> {
    const { table, tuning } = this.ready();
    const exactRows = tuning.hasVectorIndexes ? (this.options.exactRows ?? EXACT_ROWS) : null;
    return Promise.all(queries.map((query) => searchTable(table, query, exactRows).catch((error) => this.failed("search", error))));
  }

  async get(ids: readonly string[]): Promise<Outcome<StoredProduct | null>[]> {
    try {
      const stored = await loadProducts(this.ready().table, ids, true);
      return ids.map((id) => stored.get(id) ?? null);
    } catch (error) {
      const failure = this.failed("get", error);
      return ids.map(() => failure);
    }
  }

  async upsert(items: readonly StoredProduct[]): Promise<Outcome<"created" | "updated">[]> {
    const { table, dimension } = this.ready();
    const checked = items.map((item) => wrongDimension(item, dimension) ?? item);
    const good = checked.filter((each): each is StoredProduct => !(each instanceof Error));
    if (good.length === 0) return checked as Error[];
    try {
      const known = await this.write(async () => {
        const before = await this.knownIds(good.map((each) => each.product.id));
        const data = toArrow(good, dimension);
        await table.mergeInsert("id").whenMatchedUpdateAll().whenNotMatchedInsertAll().execute(data);
        return before;
      });
      return checked.map((each) => (each instanceof Error ? each : known.has(each.product.id) ? "updated" : "created"));
    } catch (error) {
      const failure = this.failed("upsert", error);
      return checked.map((each) => (each instanceof Error ? each : failure));
    }
  }

  async delete(ids: readonly string[]): Promise<Outcome<boolean>[]> {
    const { table } = this.ready();
    try {
      const known = await this.write(async () => {
        const before = await this.knownIds(ids);
        if (before.size > 0) await table.delete(isIn("id", [...before]));
        return before;
      });
      return ids.map((id) => known.delete(id));
    } catch (error) {
      const failure = this.failed("delete", error);
      return ids.map(() => failure);
    }
  }

  async count(filter?: ProductFilter): Promise<number> {
    return this.ready().table.countRows(filter && filterSql(filter));
  }

  /** Waits for the writes under way; another process can open the folder afterwards. */
  async close(): Promise<void> {
    await this.inTurn(async () => {
      const { opened } = this;
      this.opened = null;
      opened?.table.close();
      opened?.db.close();
      opened?.unlock();
    });
  }

  private async open(model: { modelId: string; dimension: number }): Promise<Opened> {
    const { dataDir, log } = this.options;
    const unlock = lockDataDir(dataDir);
    try {
      const db = await connect(dataDir, { readConsistencyInterval: undefined });
      const table = await openTable(db, dataDir, model);
      const tuning = new Tuning(table, this.options.exactRows ?? EXACT_ROWS, log);
      await tuning.start();
      return { db, table, tuning, dimension: model.dimension, unlock };
    } catch (error) {
      unlock();
      throw error instanceof LikenessError ? error : this.failed("open", error);
    }
  }

  private ready(): Opened {
    if (this.opened) return this.opened;
    throw new LikenessError("INDEX_UNAVAILABLE", "The product index is not open.");
  }

  private async knownIds(ids: readonly string[]): Promise<Set<string>> {
    const rows = (await this.ready().table.query().select(["id"]).where(isIn("id", ids)).toArray()) as { id: string }[];
    return new Set(rows.map(({ id }) => id));
  }

  private async write<T>(change: () => Promise<T>): Promise<T> {
    return this.inTurn(async () => {
      const result = await change();
      if (this.ready().tuning.wrote()) this.tuneLater();
      return result;
    });
  }

  /** Takes its turn among the writes, so that a build and a write never compete for the same version of the table. */
  private tuneLater(): void {
    if (this.tuningQueued) return;
    this.tuningQueued = true;
    void this.inTurn(async () => {
      this.tuningQueued = false;
      await this.opened?.tuning.tune();
    }).catch((error) => this.options.log?.warn({ err: error }, "index tuning failed; searches go on without it"));
  }

  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.lastWrite.then(work);
    this.lastWrite = turn.catch(() => {});
    return turn;
  }

  private failed(action: string, error: unknown): LikenessError {
    this.options.log?.error({ err: error, action }, "index failed");
    if (error instanceof LikenessError) return error;
    return new LikenessError("INDEX_UNAVAILABLE", `The product index could not ${action}: try again, and see the server's log.`, {
      cause: error,
    });
  }
}

/** The model's name is written before the table is made: a crash in between leaves an empty index, not a nameless one. */
async function openTable(db: Connection, dataDir: string, model: { modelId: string; dimension: number }): Promise<Table> {
  const exists = (await db.tableNames()).includes(TABLE);
  const meta = readMeta(dataDir);
  if (exists && meta) {
    checkModel(meta, model);
    return db.openTable(TABLE);
  }
  if (exists) {
    throw new LikenessError(
      "INDEX_UNAVAILABLE",
      `${dataDir} has a table but no meta.json: set another LIKENESS_DATA_DIR and ingest again.`,
    );
  }
  writeMeta(dataDir, { layout: 1, modelId: model.modelId, dimension: model.dimension });
  return db.createEmptyTable(TABLE, productSchema(model.dimension));
}

function wrongDimension({ imageEmbedding, textEmbedding }: StoredProduct, dimension: number): LikenessError | null {
  const wrong = [imageEmbedding, textEmbedding].find((each) => each && each.length !== dimension);
  return wrong ? badInput(`An embedding of ${wrong.length} numbers was given; this index keeps ${dimension}.`) : null;
}
