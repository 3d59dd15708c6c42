import { readFile, stat } from "node:fs/promises";
import { LikenessError } from "../domain/errors.js";
import type { IngestProducts, PictureSource, ProductDraft } from "../ingest/ingest-products.js";
import type { CatalogDraft, CatalogLine } from "../ingest/readers/catalog-row.js";

/** How many rows had which end. */
export interface Tally {
  read: number;
  created: number;
  updated: number;
  unchanged: number;
  failed: number;
}

/** One row that was not ingested, as it is written to the report. */
export interface LineFailure {
  readonly line: number;
  readonly id: string | null;
  readonly code: string;
  readonly field: readonly string[] | null;
  readonly message: string;
}

export interface BatchReport {
  /** Everything up to this line is done. */
  readonly lastLine: number;
  readonly tally: Readonly<Tally>;
  readonly failures: readonly LineFailure[];
}

export interface IngestLinesOptions {
  readonly batchSize: number;
  readonly maxPictureBytes: number;
  /** Rows on lines up to this one were done before; they are skipped. */
  readonly afterLine?: number;
  readonly limit?: number;
  /** What earlier runs of the same file counted. */
  readonly tally?: Readonly<Tally>;
  readonly signal?: AbortSignal;
  readonly onBatch?: (report: BatchReport) => Promise<void>;
}

interface Batch {
  readonly lines: readonly number[];
  readonly drafts: readonly ProductDraft[];
  readonly failures: LineFailure[];
  readonly rows: number;
  readonly lastLine: number;
}

export const NOTHING: Readonly<Tally> = { read: 0, created: 0, updated: 0, unchanged: 0, failed: 0 };

/** Ingests rows in batches; while one batch is encoded, the next one's pictures are read from the disk. */
export async function ingestLines(
  lines: AsyncIterable<CatalogLine>,
  products: Pick<IngestProducts, "ingest">,
  options: IngestLinesOptions,
): Promise<Tally> {
  const batches = readBatches(lines, options);
  const tally = { ...NOTHING, ...options.tally };
  let next = batches.next();
  try {
    for (let taken = await next; !taken.done; taken = await next) {
      const batch = taken.value;
      next = batches.next();
      // Awaited one batch later: until then a failure to read must not count as unhandled.
      next.catch(() => undefined);
      await ingestBatch(batch, products, tally);
      await options.onBatch?.({ lastLine: batch.lastLine, tally: { ...tally }, failures: batch.failures });
      if (options.signal?.aborted) break;
    }
  } finally {
    await next.catch(() => undefined);
    await batches.return(undefined);
  }
  return tally;
}

async function ingestBatch(batch: Batch, products: Pick<IngestProducts, "ingest">, tally: Tally): Promise<void> {
  const results = batch.drafts.length > 0 ? await products.ingest(batch.drafts) : [];
  results.forEach((result, i) => {
    if (result.status === "CREATED") tally.created += 1;
    else if (result.status === "UPDATED") tally.updated += 1;
    else if (result.status === "UNCHANGED") tally.unchanged += 1;
    else {
      const { code = "INTERNAL_SERVER_ERROR", field = null, message = "The product was not ingested." } = result.error ?? {};
      batch.failures.push({ line: batch.lines[i] ?? 0, id: result.id, code, field, message });
    }
  });
  batch.failures.sort((a, b) => a.line - b.line);
  tally.read += batch.rows;
  tally.failed += batch.failures.length;
}

async function* readBatches(lines: AsyncIterable<CatalogLine>, options: IngestLinesOptions): AsyncGenerator<Batch, void> {
  const limit = options.limit ?? Number.POSITIVE_INFINITY;
  let rows: CatalogLine[] = [];
  let taken = 0;
  for await (const row of lines) {
    if (row.line <= (options.afterLine ?? 0)) continue;
    if (taken >= limit) break;
    taken += 1;
    rows.push(row);
    if (rows.length >= options.batchSize) {
      yield await loadBatch(rows, options.maxPictureBytes);
      rows = [];
    }
  }
  if (rows.length > 0) yield await loadBatch(rows, options.maxPictureBytes);
}

async function loadBatch(rows: readonly CatalogLine[], maxPictureBytes: number): Promise<Batch> {
  const failures: LineFailure[] = [];
  const loaded = await Promise.all(
    rows.map(async (row) => {
      const id = "draft" in row ? row.draft.id : null;
      try {
        if ("error" in row) throw row.error;
        return [{ line: row.line, draft: await loadDraft(row.draft, maxPictureBytes) }];
      } catch (error) {
        if (!(error instanceof LikenessError)) throw error;
        failures.push({ line: row.line, id, code: error.code, field: error.options.field ?? null, message: error.message });
        return [];
      }
    }),
  );
  const good = loaded.flat();
  return {
    lines: good.map(({ line }) => line),
    drafts: good.map(({ draft }) => draft),
    failures,
    rows: rows.length,
    lastLine: rows.at(-1)?.line ?? 0,
  };
}

/** Reads a draft's picture files into memory. */
export async function loadDraft(draft: CatalogDraft, maxPictureBytes: number): Promise<ProductDraft> {
  const images = await Promise.all(
    draft.images.map((image): PictureSource | Promise<PictureSource> =>
      "url" in image ? image : loadPicture(image.path, maxPictureBytes),
    ),
  );
  return { ...draft, images };
}

/** Throws for a file that is missing, or too large to be worth reading. */
export async function loadPicture(path: string, maxBytes: number): Promise<{ bytes: Uint8Array }> {
  const field = ["image"];
  const found = await stat(path).catch(() => null);
  if (!found?.isFile()) throw new LikenessError("NOT_FOUND", `There is no picture file ${path}.`, { field });
  if (found.size > maxBytes) {
    throw new LikenessError("UPLOAD_TOO_LARGE", `${path} has ${found.size} bytes; the most is ${maxBytes}.`, { field });
  }
  try {
    return { bytes: await readFile(path) };
  } catch (cause) {
    throw new LikenessError("NOT_FOUND", `The picture file ${path} cannot be read.`, { field, cause });
  }
}
