import type { Client } from "@opensearch-project/opensearch";
import { badInput, LikenessError } from "../../domain/errors.js";
import type { Model, Outcome, ProductIndex } from "../../domain/ports.js";
import { type StoredProduct, wrongDimension } from "../../domain/product.js";
import type { IndexPage, IndexQuery, ProductFilter } from "../../domain/search.js";
import { type BulkItem, BulkWriter } from "./bulk.js";
import { createClient, forReads, TRIES_OF_A_READ } from "./client.js";
import { documentId, toDocument } from "./document.js";
import { filterQuery } from "./filter-query.js";
import { Freshness } from "./freshness.js";
import { getDocuments } from "./get-documents.js";
import { openIndex } from "./open-index.js";
import type { OpenSearchOptions } from "./options.js";
import { isRefused, PartlyFailed, type Patience, patiently } from "./retry.js";
import { searchQueries } from "./search-queries.js";
import { askServer, SERVERLESS, type Server } from "./server.js";
import type { Target } from "./target.js";
import { unavailable } from "./unavailable.js";

/** Up to so many products a search compares them all: exact, and as fast as the graph. */
const EXACT_ROWS = 10_000;
/** How long what is known of the index stays true: its size, and which index the alias leads to. */
const KNOWN_FOR_MS = 10_000;

interface Opened {
  readonly server: Server;
  readonly model: Model;
  readonly target: Target;
  readonly rows: number;
  readonly atMs: number;
}

/** A product index in OpenSearch: a domain, a cluster of one's own or, to be searched, a Serverless collection. */
export class OpenSearchIndex implements ProductIndex {
  readonly kind = "opensearch";
  readonly name: string;
  private readonly client: Client;
  private readonly reads: Client;
  private readonly bulk: BulkWriter;
  private readonly freshness: Freshness;
  private readonly patiently: Patience;
  private opened: Opened | null = null;
  private reopening: Promise<void> | null = null;

  constructor(private readonly options: OpenSearchOptions) {
    this.name = options.alias;
    // What is tried again, and for how long, is said here and not by the client.
    this.client = createClient(options, { retries: 0 });
    this.reads = forReads(this.client, options);
    this.bulk = new BulkWriter(this.client, { limitMs: options.writeTimeoutMs });
    this.patiently = patiently({ attempts: 6, limitMs: options.searchTimeoutMs });
    // A part of the read that waits for it.
    const shortly = patiently({ attempts: 6, limitMs: options.searchTimeoutMs / TRIES_OF_A_READ });
    const refresh = () => shortly(() => this.reads.indices.refresh({ index: options.alias }));
    this.freshness = new Freshness(refresh, options.log);
  }

  async ensureReady(model: Model): Promise<void> {
    // Making an index takes the server as long as a write, or longer.
    const opening = patiently({ attempts: 6, limitMs: this.options.writeTimeoutMs });
    await this.attempt("open", async () => {
      this.opened = await opening(() => this.open(this.client, { ...model }));
    });
    const { server, target, rows } = this.ready();
    this.options.log?.info({ index: target.index, version: server.version, rows }, "index opened");
  }

  async search(queries: readonly IndexQuery[]): Promise<Outcome<IndexPage>[]> {
    if (queries.length === 0) return [];
    const again = this.forOneRead();
    try {
      await this.seeWrites();
      this.reopenWhenOld();
      const { index } = this.ready().target;
      const pages = await this.searchNow(queries, again);
      if (!pages.some(isRefused) || !(await this.replaced(index, again))) return this.told(pages);
      return this.told(await this.searchNow(queries, again));
    } catch (error) {
      const failure = this.failed("search", error);
      return queries.map(() => failure);
    }
  }

  async get(ids: readonly string[], withEmbeddings = true): Promise<Outcome<StoredProduct | null>[]> {
    if (ids.length === 0) return [];
    try {
      const { target } = this.ready();
      return await getDocuments(this.reads, this.options.alias, ids, { target, withEmbeddings, again: this.patiently });
    } catch (error) {
      const failure = this.failed("get", error);
      return ids.map(() => failure);
    }
  }

  checkWritable(): void {
    if (!this.options.foreign) return;
    throw badInput("This index was made elsewhere and is opened read-only: products cannot be written to it.");
  }

  async upsert(items: readonly StoredProduct[]): Promise<Outcome<"created" | "updated">[]> {
    const { model } = this.writable();
    const outcomes: Outcome<"created" | "updated">[] = new Array(items.length);
    const good = items.flatMap((item, i) => {
      const wrong = wrongDimension(item, model.dimension);
      if (wrong) outcomes[i] = wrong;
      return wrong ? [] : [i];
    });
    const write = async (positions: readonly number[]) => {
      const { asBytes } = this.ready().target;
      const lines = positions.map((i): BulkItem => {
        const item = items[i] as StoredProduct;
        return { id: documentId(item.product.id), action: "index", document: toDocument(item, asBytes) };
      });
      const written = await this.bulk.write(this.options.alias, lines);
      positions.forEach((position, i) => {
        outcomes[position] = written[i] as Outcome<"created" | "updated">;
      });
    };
    await this.freshness.during(async () => {
      const { index } = this.ready().target;
      await write(good);
      const refused = good.filter((i) => isRefused(outcomes[i]));
      if (refused.length > 0 && (await this.replaced(index, this.patiently))) await write(refused);
    });
    const failed = outcomes.filter((each): each is LikenessError => each instanceof LikenessError && each.code === "INDEX_UNAVAILABLE");
    if (failed.length > 0) this.options.log?.error({ err: failed[0], products: failed.length }, "products could not be written");
    return outcomes;
  }

  async delete(ids: readonly string[]): Promise<Outcome<boolean>[]> {
    this.writable();
    const lines = ids.map((id) => ({ id: documentId(id), action: "delete" as const }));
    const deleted = await this.freshness.during(() => this.bulk.write(this.options.alias, lines));
    return deleted.map((each) => (each instanceof Error ? each : each === "deleted"));
  }

  async count(filter?: ProductFilter): Promise<number> {
    const again = this.forOneRead();
    return await this.attempt("count", async () => {
      await this.seeWrites();
      return await again(() => this.countNow(filter && filterQuery(filter, this.ready().target.byIds)));
    });
  }

  async close(): Promise<void> {
    this.opened = null;
    await this.client.close();
  }

  /** Patience for the steps of one read, which have one time limit together. */
  private forOneRead(): Patience {
    const untilMs = Date.now() + this.options.searchTimeoutMs;
    return (work) => this.patiently(work, untilMs);
  }

  private async searchNow(queries: readonly IndexQuery[], again: Patience): Promise<Outcome<IndexPage>[]> {
    const { target, rows } = this.ready();
    const exact = rows <= (this.options.exactRows ?? EXACT_ROWS);
    return await searchQueries(this.reads, this.options.alias, queries, { target, exact, again });
  }

  /** Whether another index, perhaps with other fields, has taken over from the one that was used, be it noticed meanwhile or not. */
  private async replaced(used: string, again: Patience): Promise<boolean> {
    const { model } = this.ready();
    this.opened = await again(() => this.open(this.reads, model));
    return this.opened.target.index !== used;
  }

  private told(pages: readonly Outcome<IndexPage>[]): Outcome<IndexPage>[] {
    return pages.map((page) => (page instanceof Error ? this.failed("search", page) : page));
  }

  private async open(client: Client, model: Model): Promise<Opened> {
    const { auth } = this.options;
    const serverless = auth.kind === "sigv4" && auth.service === "aoss";
    const server = this.opened?.server ?? (serverless ? SERVERLESS : await askServer(client));
    const target = await openIndex(client, model, this.options, server);
    return { server, model, target, rows: await this.countNow(), atMs: Date.now() };
  }

  private async countNow(query?: object): Promise<number> {
    const { body } = await this.reads.count({ index: this.options.alias, ...(query && { body: { query } as never }) });
    const { failed, total } = body._shards;
    if (failed > 0) throw new PartlyFailed(`${failed} of ${total} shards did not count`);
    return body.count;
  }

  /** Another process may fill the index or put another behind the alias; searches need not wait to learn of it. */
  private reopenWhenOld(): void {
    const { model, atMs } = this.ready();
    if (this.reopening || Date.now() - atMs < KNOWN_FOR_MS) return;
    this.reopening = this.open(this.reads, model)
      .then((opened) => {
        if (this.opened) this.opened = opened;
      })
      .catch((error) => this.options.log?.warn({ err: error }, "the index could not be looked at; searches go on as before"))
      .finally(() => {
        this.reopening = null;
      });
  }

  private async seeWrites(): Promise<void> {
    if (this.ready().server.canRefresh) await this.freshness.beforeRead();
  }

  private ready(): Opened {
    if (this.opened) return this.opened;
    throw new LikenessError("INDEX_UNAVAILABLE", "The product index is not open.");
  }

  private writable(): Opened {
    this.checkWritable();
    return this.ready();
  }

  private async attempt<T>(action: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw this.failed(action, error);
    }
  }

  private failed(action: string, error: unknown): LikenessError {
    if (error instanceof LikenessError) return error;
    this.options.log?.error({ err: error, action }, "index failed");
    return unavailable(`The product index could not ${action}`, error);
  }
}
