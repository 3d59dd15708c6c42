import { appendFile } from "node:fs/promises";
import type { Command } from "commander";
import type { App } from "../app.js";
import { CATALOG_FORMATS, type CatalogFormat, parseFormat } from "../domain/catalog-format.js";
import { checkCurrency } from "../domain/currency.js";
import { isPassing } from "../domain/errors.js";
import { NOTHING, type RowFailure, type Tally } from "../domain/jobs.js";
import { type BatchReport, ingestLines } from "../ingest/ingest-lines.js";
import { MAX_PRODUCTS } from "../ingest/ingest-products.js";
import { parseMap, readCatalog } from "../ingest/readers/read-catalog.js";
import { checkOutput } from "./check-output.js";
import { createCommandApp } from "./command-app.js";
import { IngestJournal, type Position } from "./ingest-journal.js";
import { countLines, IngestProgress } from "./ingest-progress.js";
import { beginReport } from "./ingest-report.js";
import { openUrl } from "./open-url.js";
import { printable } from "./printable.js";
import { wholeNumber } from "./read-number.js";

export interface IngestCommandOptions {
  readonly format?: CatalogFormat;
  readonly locale?: string;
  readonly encoding?: string;
  readonly map?: ReadonlyMap<string, string>;
  readonly currency?: string;
  readonly report?: string;
  readonly batch: number;
  readonly limit?: number;
}

/** Failures shown on the terminal; the report has them all. */
const SHOWN_FAILURES = 20;

export function ingestCommand(program: Command): void {
  program
    .command("ingest")
    .description("read a catalogue into the index: a file, plain or as .gz or .zip, or a folder (docs/importing.md)")
    .argument("<file>", "the catalogue; picture paths in it are relative to it; ABO also by its s3:// or https:// address")
    .option("--format <format>", `one of ${CATALOG_FORMATS.join(", ")}`, parseFormat, "AUTO")
    .option("--locale <locale>", "the language wanted where a catalogue has several, such as de_DE (default: en_US)")
    .option("--encoding <label>", "how the file is encoded, such as windows-1252 (default: found out)")
    .option("--map <field=column,...>", "where a field has another name in the file, such as title=name", parseMap)
    .option("--currency <code>", "currency of prices that name none, such as EUR", parseCurrency)
    .option("--report <file>", "write what failed, one JSON object a line")
    .option("--batch <n>", `products to encode and store at a time, up to ${MAX_PRODUCTS}`, wholeNumber(MAX_PRODUCTS), 64)
    .option("--limit <n>", "stop after so many rows", wholeNumber(Number.MAX_SAFE_INTEGER))
    .action(async (file: string, options: IngestCommandOptions) => {
      const app = await createCommandApp(process.env);
      try {
        const { failed } = await ingestFile(app, file, options);
        if (failed > 0) process.exitCode ??= 1;
      } finally {
        await app.stop();
      }
    });
}

/** Ingests a file with progress, report and journal. Ctrl-C ends it after the batch in hand; the next run goes on there. */
export async function ingestFile(app: App, file: string, options: IngestCommandOptions): Promise<Tally> {
  const lines = readCatalog(file, { ...options, openUrl });
  const totalLines = await countLines(file).catch(() => 0);
  // A run with a limit is a trial: going on where the last trial stopped would surprise.
  const journal = options.limit || totalLines === 0 ? null : await openJournal(app, file, options);
  const before = journal ? await lastPosition(app, journal) : null;
  if (before) console.error(`Going on after line ${before.lastLine}: the rows up to there were done by an earlier run.`);
  if (options.report !== undefined) {
    await checkOutput("--report", options.report, [file]);
    await beginReport(options.report, before?.tally.read ?? 0);
  }
  const progress = new IngestProgress(totalLines, before?.lastLine ?? 0);
  const stopping = new AbortController();
  const interrupt = (): void => stopping.abort();
  process.once("SIGINT", interrupt);
  const shown: RowFailure[] = [];
  // What failed in passing is for the next run to try again, so the journal stays before the first of it.
  let allAnswered = true;
  const tallyBefore = before?.tally ?? NOTHING;
  const onBatch = async ({ lastLine, tally, failures }: BatchReport): Promise<void> => {
    shown.push(...failures.slice(0, SHOWN_FAILURES - shown.length));
    if (options.report) await appendFile(options.report, failures.map((failure) => `${JSON.stringify(failure)}\n`).join(""));
    allAnswered &&= !failures.some(({ code }) => isPassing(code));
    if (allAnswered) await journal?.write({ lastLine, tally: { ...tally } });
    progress.update(lastLine, tally.read - tallyBefore.read);
  };
  let tally: Tally;
  try {
    tally = await ingestLines(lines, app.ingest, {
      batchSize: options.batch,
      maxPictureBytes: app.config.LIKENESS_MAX_UPLOAD_BYTES,
      signal: stopping.signal,
      tally: tallyBefore,
      onBatch,
      ...(before ? { skipRows: before.tally.read } : {}),
      ...(options.limit ? { limit: options.limit } : {}),
    });
  } finally {
    process.off("SIGINT", interrupt);
    progress.stop();
  }
  if (stopping.signal.aborted) {
    console.error(`Stopped. The same command goes on${allAnswered ? " from here" : ", and tries again what could not be taken"}.`);
    process.exitCode = 130;
  } else await journal?.clear();
  printFailures(shown, tally.failed - tallyBefore.failed, options.report);
  console.log(summary(tally, (tally.read - tallyBefore.read) / progress.seconds()));
  return tally;
}

/** Once, and not in every row that has a price. */
function parseCurrency(code: string): string {
  checkCurrency(code, "--currency");
  return code;
}

function openJournal(app: App, file: string, options: IngestCommandOptions): Promise<IngestJournal> {
  const { map, currency, format, locale, encoding } = options;
  const dependsOn = [[...(map ?? [])], currency, format, locale, encoding, app.index.kind, app.index.name, app.encoder.modelId];
  return IngestJournal.open(app.config.LIKENESS_DATA_DIR, file, dependsOn);
}

/** The journal's position, unless the index holds fewer products than it tells of: then the index was emptied since. */
async function lastPosition(app: App, journal: IngestJournal): Promise<Position | null> {
  const position = await journal.read();
  if (!position) return null;
  const { created, updated, unchanged } = position.tally;
  return (await app.index.count()) >= created + updated + unchanged ? position : null;
}

function printFailures(shown: readonly RowFailure[], failed: number, report: string | undefined): void {
  for (const { line, id, message } of shown) console.error(printable(`line ${line}${id === null ? "" : ` (${id})`}: ${message}`));
  if (failed > shown.length) console.error(`… and ${failed - shown.length} more${report ? "" : "; --report <file> writes them all"}.`);
  if (failed > 0 && report) console.error(`What failed is in ${report}.`);
}

/** The last line of a run; `rate` in products per second. */
function summary(tally: Tally, rate: number): string {
  const { read, created, updated, unchanged, failed } = tally;
  return `${read} read, ${created} created, ${updated} updated, ${unchanged} unchanged, ${failed} failed, ${rate.toFixed(1)} products/s`;
}
