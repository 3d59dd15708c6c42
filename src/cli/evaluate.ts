import { writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { type Command, InvalidArgumentError, Option } from "commander";
import type { App } from "../app.js";
import { badInput } from "../domain/errors.js";
import { drawContactSheet, type PictureOf } from "../evaluate/contact-sheet.js";
import { type EvaluationResult, evaluate } from "../evaluate/evaluate.js";
import { type JudgedProduct, NAME_ALONE } from "../evaluate/evaluation-query.js";
import { readQueries } from "../evaluate/read-queries.js";
import { toJson } from "../evaluate/report-json.js";
import { toTables } from "../evaluate/report-table.js";
import { sample } from "../evaluate/sample.js";
import { FIRST_HITS } from "../evaluate/task.js";
import type { CatalogDraft } from "../ingest/readers/catalog-row.js";
import { parseMap, readCatalog } from "../ingest/readers/read-catalog.js";
import { checkOutput } from "./check-output.js";
import { openEvaluatedApp } from "./evaluated-app.js";
import { IngestProgress } from "./ingest-progress.js";
import { printable } from "./printable.js";
import { readNumber, wholeNumber } from "./read-number.js";

interface EvaluateCommandOptions {
  readonly catalog: string;
  readonly queries?: string;
  readonly map?: ReadonlyMap<string, string>;
  readonly only?: readonly (readonly [string, string])[];
  readonly template?: readonly string[];
  readonly depth: number;
  readonly maxQueries: number;
  readonly index: "memory" | "lancedb";
  readonly prior: number;
  readonly json?: string;
  readonly sheet?: string;
  readonly writeCalibration?: string;
}

/** Prices do not matter here, so one without a currency must not cost a row: the code of ISO 4217 for "no currency". */
const NO_CURRENCY = "XXX";
const MAX_DEPTH = 5_000;
const DEPTH = { least: FIRST_HITS, because: `precision@${FIRST_HITS} and nDCG@${FIRST_HITS} judge the first ${FIRST_HITS} hits` };
const SHOWN_FAILURES = 5;
/** Rows of the contact sheet for each way of searching. */
const SHEET_ROWS = 8;

export function evaluateCommand(program: Command): void {
  program
    .command("evaluate")
    .description("measure how good search is on a catalogue of your own, in a temporary index (see docs/quality.md)")
    .requiredOption("--catalog <file>", "the catalogue, as ingest takes it from disk; picture paths in it are relative to it")
    .option("--queries <file>", 'what to ask instead of categories and titles: {"text" | "image", "relevant": [ids] | "category"} a line')
    .option("--map <field=column,...>", "where a field has another name in the file, such as category=coarse", parseMap)
    .option("--only <name=value>", "only products with this attribute, such as split=test; several must all hold", addPair)
    .option("--template <text>", `how a category is asked for, ${NAME_ALONE} standing for its name; several are all asked`, addTemplate)
    .option("--depth <n>", "how many hits of each query are judged, 10 or more", wholeNumber(MAX_DEPTH, DEPTH), 100)
    .option("--max-queries <n>", "most queries of one kind; of more, some are drawn", wholeNumber(Number.MAX_SAFE_INTEGER), 5000)
    .addOption(new Option("--index <kind>", "the index to fill").choices(["memory", "lancedb"]).default("memory"))
    .option("--prior <share>", "the share of relevant products for which relevance is calibrated", share, 0.1)
    .option("--json <file>", "write the report as JSON")
    .option("--sheet <file>", "draw queries and their first hits as a PNG")
    .option("--write-calibration <file>", "fit the curves of relevance to the catalogue and write them")
    .action(evaluateCatalog);
}

async function evaluateCatalog(options: EvaluateCommandOptions): Promise<void> {
  await checkOutputs(options);
  const drafts = await readDrafts(options);
  const judged = drafts.map(({ id, title, categories }): JudgedProduct => ({ id, title: title ?? "", categories: categories ?? [] }));
  const asked = options.queries !== undefined ? await readQueries(options.queries, judged) : null;
  const evaluated = await openEvaluatedApp(process.env, options.index);
  try {
    const { app, pictureOf } = evaluated;
    const progress = new IngestProgress(drafts.length, 0);
    const tally = await evaluated
      .fill(drafts, {
        // Where relevance is by category, the category must not be among the words: it is what is asked for.
        keepCategories: asked !== null && !asked.byCategory,
        onBatch: ({ read }, failures) => {
          progress.update(read, read);
          for (const { id, message } of failures.slice(0, SHOWN_FAILURES)) console.error(printable(`${id}: ${message}`));
        },
      })
      .finally(() => progress.stop());
    const productsPerSecond = tally.read / progress.seconds();
    console.error("Searching …");
    const result = await evaluate(app, judged, {
      queries: asked,
      templates: options.template ?? [NAME_ALONE],
      depth: options.depth,
      maxQueries: options.maxQueries,
      prior: options.prior,
      pictureOf,
    });
    console.log(`${app.encoder.modelId}, index ${app.index.kind}: ${tally.created} products at ${productsPerSecond.toFixed(1)} a second`);
    console.log(toTables(result.evaluation));
    await writeFiles(app, options, result, { failed: tally.failed, productsPerSecond }, pictureOf);
  } finally {
    await evaluated.stop();
  }
}

async function checkOutputs(options: EvaluateCommandOptions): Promise<void> {
  const files = { "--json": options.json, "--sheet": options.sheet, "--write-calibration": options.writeCalibration };
  const read = [options.catalog, ...(options.queries ? [options.queries] : [])];
  const written = new Map<string, string>();
  for (const [option, file] of Object.entries(files)) {
    if (file === undefined) continue;
    await checkOutput(option, file, read);
    const other = written.get(resolve(file));
    if (other) throw badInput(`${option} and ${other} both name ${file}, where one would be lost: name two files.`);
    written.set(resolve(file), option);
  }
}

async function writeFiles(
  app: App,
  options: EvaluateCommandOptions,
  result: EvaluationResult,
  ingest: { readonly failed: number; readonly productsPerSecond: number },
  pictureOf: PictureOf,
): Promise<void> {
  const { modelId, dimension, kind } = app.encoder;
  if (options.json) {
    const { catalog, queries, only, template, index } = options;
    const about = { model: { id: modelId, dimension, encoder: kind }, index, catalog, queries, only, templates: template, ingest };
    await writeFile(options.json, `${JSON.stringify(toJson(about, result, options.depth), null, 2)}\n`);
  }
  if (options.sheet) {
    const { textToImage, titleToImage, imageToImage } = result.outcomes;
    const rows = [textToImage, titleToImage, imageToImage].flatMap((each) =>
      sample(each, SHEET_ROWS, ({ name, asked }) => ("similarTo" in asked ? asked.similarTo : name)),
    );
    await writeFile(options.sheet, await drawContactSheet(rows, pictureOf));
  }
  if (options.writeCalibration) {
    if (Object.values(result.fitted).every((curve) => curve === null)) {
      throw badInput("No curve could be fitted: relevant and other pairs are needed, so give products categories, or --queries.");
    }
    await writeFile(options.writeCalibration, `${JSON.stringify({ modelId, prior: options.prior, ...result.fitted }, null, 2)}\n`);
  }
}

async function readDrafts({ catalog, map, only = [] }: EvaluateCommandOptions): Promise<CatalogDraft[]> {
  const drafts: CatalogDraft[] = [];
  let wrong = 0;
  for await (const row of readCatalog(catalog, { ...(map ? { map } : {}), currency: NO_CURRENCY })) {
    if ("error" in row) {
      if (++wrong <= SHOWN_FAILURES) console.error(printable(`line ${row.line}: ${row.error.message}`));
    } else if (only.every(([name, value]) => row.draft.attributes.some((each) => each.name === name && each.value === value))) {
      drafts.push(row.draft);
    }
  }
  if (wrong > SHOWN_FAILURES) console.error(`… and ${wrong - SHOWN_FAILURES} more lines that are no product.`);
  if (drafts.length === 0) {
    throw badInput(`${catalog} has no product${only.length > 0 ? ` with ${only.map((pair) => pair.join("=")).join(" and ")}` : ""}.`);
  }
  return drafts;
}

function addPair(text: string, before: readonly (readonly [string, string])[] = []): (readonly [string, string])[] {
  const at = text.indexOf("=");
  if (at < 1) throw new InvalidArgumentError("It must be written name=value.");
  return [...before, [text.slice(0, at), text.slice(at + 1)]];
}

function addTemplate(text: string, before: readonly string[] = []): string[] {
  if (!text.includes(NAME_ALONE)) throw new InvalidArgumentError(`It must hold ${NAME_ALONE}, where the category's name goes.`);
  return [...before, text];
}

function share(text: string): number {
  const value = readNumber(text);
  if (value > 0 && value < 1) return value;
  throw new InvalidArgumentError("It must be a number above 0 and below 1.");
}
