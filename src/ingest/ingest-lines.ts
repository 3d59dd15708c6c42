import { LikenessError } from "../domain/errors.js";
import { NOTHING, type RowFailure, type Tally } from "../domain/jobs.js";
import { bytesIn } from "./bytes-in.js";
import { type IngestProducts, type IngestResult, MAX_PRODUCTS } from "./ingest-products.js";
import { loadDraft } from "./load-draft.js";
import type { ProductDraft } from "./product-draft.js";
import type { CatalogLine } from "./readers/catalog-row.js";
import { settleAll } from "./settle-all.js";

export interface BatchReport {
  /** Everything up to this line is done. */
  readonly lastLine: number;
  readonly tally: Readonly<Tally>;
  readonly failures: readonly RowFailure[];
}

export interface IngestLinesOptions {
  /** Rows to encode in one batch, whose pictures are in memory together; rows with a ready embedding do not count. */
  readonly batchSize: number;
  readonly maxPictureBytes: number;
  /** How many rows at the start were done before. */
  readonly skipRows?: number;
  readonly limit?: number;
  /** What earlier runs of the same file counted. */
  readonly tally?: Readonly<Tally>;
  readonly signal?: AbortSignal;
  readonly onBatch?: (report: BatchReport) => Promise<void>;
}

/** The most of one batch beside its pictures; three are in memory at a time. */
const MAX_BATCH_BYTES = 16 * 1024 * 1024;

interface Batch {
  readonly places: readonly Place[];
  readonly drafts: readonly ProductDraft[];
  readonly failures: RowFailure[];
  readonly rows: number;
  readonly lastLine: number;
}

/** Where a row stands: its position among all rows, from 0, and its line, from 1. */
interface Place {
  readonly row: number;
  readonly line: number;
}

/**
 * Ingests rows in batches, two at a time: while one is written, the next is encoded and the one after it read. Reports come
 * in the order of the rows.
 */
export async function ingestLines(
  lines: AsyncIterable<CatalogLine>,
  products: Pick<IngestProducts, "ingest">,
  options: IngestLinesOptions,
): Promise<Tally> {
  const batches = readBatches(lines, options);
  const tally = { ...NOTHING, ...options.tally };
  const finish = async (batch: Batch, results: Promise<IngestResult[]>, before: Promise<void>): Promise<void> => {
    // Whichever fails, neither must still be at work when that is told.
    await Promise.allSettled([before, results]);
    await before;
    count(batch, await results, tally);
    await options.onBatch?.({ lastLine: batch.lastLine, tally: { ...tally }, failures: batch.failures });
  };
  let next = batches.next();
  let last = Promise.resolve();
  try {
    for (let taken = await next; !taken.done; taken = await next) {
      const batch = taken.value;
      next = batches.next();
      // Awaited one batch later: until then a failure to read must not count as unhandled.
      next.catch(() => undefined);
      const before = last;
      last = finish(batch, batch.drafts.length > 0 ? products.ingest(batch.drafts) : Promise.resolve([]), before);
      last.catch(() => undefined);
      await before;
      if (options.signal?.aborted) break;
    }
    await last;
  } finally {
    await Promise.allSettled([last, next]);
    await batches.return(undefined);
  }
  return tally;
}

function count({ places, failures, rows }: Batch, results: readonly IngestResult[], tally: Tally): void {
  results.forEach((result, i) => {
    if (result.status === "CREATED") tally.created += 1;
    else if (result.status === "UPDATED") tally.updated += 1;
    else if (result.status === "UNCHANGED") tally.unchanged += 1;
    else {
      const { code = "INTERNAL_SERVER_ERROR", field = null, message = "The product was not ingested." } = result.error ?? {};
      failures.push({ ...(places[i] as Place), id: result.id, code, field, message });
    }
  });
  failures.sort((a, b) => a.row - b.row);
  tally.read += rows;
  tally.failed += failures.length;
}

async function* readBatches(lines: AsyncIterable<CatalogLine>, options: IngestLinesOptions): AsyncGenerator<Batch, void> {
  const first = options.skipRows ?? 0;
  const end = first + (options.limit ?? Number.POSITIVE_INFINITY);
  let rows: CatalogLine[] = [];
  let toEncode = 0;
  let bytes = 0;
  let read = 0;
  const finish = async (): Promise<Batch> => {
    const batch = await loadBatch(rows, read - rows.length, options.maxPictureBytes);
    rows = [];
    toEncode = 0;
    bytes = 0;
    return batch;
  };
  for await (const row of lines) {
    if (read >= end) break;
    read += 1;
    if (read <= first) continue;
    rows.push(row);
    if ("draft" in row) {
      bytes += bytesIn(row.draft);
      if (!row.draft.embedding) toEncode += 1;
    }
    if (toEncode >= options.batchSize || rows.length >= MAX_PRODUCTS || bytes >= MAX_BATCH_BYTES) yield await finish();
  }
  if (rows.length > 0) yield await finish();
}

async function loadBatch(rows: readonly CatalogLine[], firstRow: number, maxPictureBytes: number): Promise<Batch> {
  const places: Place[] = [];
  const drafts: ProductDraft[] = [];
  const failures: RowFailure[] = [];
  const loaded = await settleAll(rows, (row) => {
    if ("error" in row) throw row.error;
    return loadDraft(row.draft, maxPictureBytes);
  });
  loaded.forEach((outcome, i) => {
    const row = rows[i] as CatalogLine;
    const place: Place = { row: firstRow + i, line: row.line };
    if (!(outcome instanceof Error)) {
      places.push(place);
      drafts.push(outcome);
    } else if (outcome instanceof LikenessError) {
      const { code, options, message } = outcome;
      failures.push({ ...place, id: "draft" in row ? row.draft.id : (options.id ?? null), code, field: options.field ?? null, message });
    } else throw outcome;
  });
  return { places, drafts, failures, rows: rows.length, lastLine: rows.at(-1)?.line ?? 0 };
}
