import { dirname, relative, sep } from "node:path";
import type { CatalogFormat } from "../domain/catalog-format.js";
import { badInput, LikenessError } from "../domain/errors.js";
import { NOTHING } from "../domain/jobs.js";
import type { Downloads } from "../domain/ports.js";
import { ingestLines } from "../ingest/ingest-lines.js";
import type { IngestProducts } from "../ingest/ingest-products.js";
import { hasNoFiles } from "../ingest/load-draft.js";
import type { CatalogLine } from "../ingest/readers/catalog-row.js";
import { readCatalogInThread } from "../ingest/readers/read-in-thread.js";
import type { HeldJob } from "./held-job.js";
import { patientIngest } from "./patient-ingest.js";
import type { Spool, Spooled } from "./spool.js";

export interface ImportParts {
  readonly products: Pick<IngestProducts, "ingest">;
  readonly spool: Spool;
  readonly downloads: Downloads;
}

/** Rows whose pictures or words are to be encoded, in one batch: their pictures are all in memory. */
const BATCH = 64;

/** A catalogue that ends the server each time must not do so for ever. */
const MAX_STARTS = 5;

/** Works on a job from where it stands to its end, or until its signal is aborted; throws when it cannot go on. */
export async function runImport(held: HeldJob, { products, spool, downloads }: ImportParts): Promise<void> {
  if (held.job.starts > MAX_STARTS) {
    const message = `Work on the import ended ${MAX_STARTS} times after ${held.job.tally.read} rows, without a word: look at the rows that follow and at the logs.`;
    throw new LikenessError("INTERNAL_SERVER_ERROR", message);
  }
  const file = await fileOf(held, spool, downloads);
  const { source, reading } = held.job;
  const folder = source.kind === "url" ? dirname(new URL(source.url).pathname) : dirname(file);
  const { format, currency, locale } = reading;
  const options = { format, currency: currency ?? undefined, locale: locale ?? undefined, folder };
  const rows = readCatalogInThread(file, options, held.signal);
  const lines = source.kind === "url" ? withPicturesBeside(rows, folder, source.url) : withoutLocalPictures(rows);
  const before = held.job.tally;
  const { read } = await ingestLines(lines, patientIngest(products, held.signal), {
    batchSize: BATCH,
    // No row has a picture file any more.
    maxPictureBytes: 0,
    skipRows: before.read,
    tally: before,
    signal: held.signal,
    onBatch: ({ tally, failures }) => held.save({ tally, starts: 0 }, failures),
  });
  if (!held.signal.aborted) await held.save({ total: read });
}

/** Rows known before they are read: those of NDJSON, a line each. Null for other formats and for compressed files. */
export function rowsOf({ name, lines }: Pick<Spooled, "name" | "lines">, format: CatalogFormat): number | null {
  const isNdjson = format === "NDJSON" || (format === "AUTO" && /\.(ndjson|jsonl)$/i.test(name));
  return isNdjson ? lines : null;
}

/**
 * The job's file on this server. A URL is fetched where it is not there; when it then holds something else than before, the
 * rows that were done are others, and the job begins anew: products that did not change are told from those that did.
 */
async function fileOf(held: HeldJob, spool: Spool, downloads: Downloads): Promise<string> {
  const { job } = held;
  const { source } = job;
  const found = (await spool.find(job)) ?? (source.kind === "upload" ? await spool.fetch(job, held.signal) : null);
  if (found) return found;
  if (source.kind === "upload") throw new LikenessError("NOT_FOUND", "The uploaded file is not on this server any more: import it again.");
  const spooled = await downloads.read(source.url, held.signal, (bytes) => spool.receive(source.name, bytes));
  const path = await spool.keep(spooled, job.id);
  const { digest } = spooled;
  if (digest !== source.digest) {
    await held.save({ source: { ...source, digest }, total: rowsOf(spooled, job.reading.format), tally: NOTHING });
  }
  return path;
}

/**
 * Takes the paths of pictures as relative to the catalogue's address, as they are to its folder where it is read from disk. The
 * reader's `folder` is that of the address, so that `/a.jpg` and `../a.jpg` lead where they do on a web page.
 */
async function* withPicturesBeside(lines: AsyncIterable<CatalogLine>, folder: string, address: string): AsyncGenerator<CatalogLine> {
  const urlOf = (path: string): string => new URL(relative(folder, path).split(sep).map(encodeURIComponent).join("/"), address).href;
  for await (const row of lines) {
    if ("error" in row || hasNoFiles(row.draft)) yield row;
    else {
      const images = row.draft.images.map((image) => ("url" in image ? image : { url: urlOf(image.path) }));
      yield { ...row, draft: { ...row.draft, images } };
    }
  }
}

/**
 * Refuses paths of picture files in an upload: whoever may import is not therefore allowed to read this server's disk. A row
 * with a ready embedding needs no picture, so its paths are left out.
 */
async function* withoutLocalPictures(lines: AsyncIterable<CatalogLine>): AsyncGenerator<CatalogLine> {
  for await (const row of lines) {
    if ("error" in row || hasNoFiles(row.draft)) yield row;
    else if (row.draft.embedding) yield { ...row, draft: { ...row.draft, images: row.draft.images.filter((image) => "url" in image) } };
    else {
      const message =
        "An uploaded catalogue names its pictures by URL; this row names a file. Import the catalogue by a URL that the file is beside, or use `likeness ingest`.";
      yield { line: row.line, error: badInput(message, ["image"]) };
    }
  }
}
