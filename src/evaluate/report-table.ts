import Table from "cli-table3";
import type { Calibration } from "../domain/relevance.js";
import { type CalibrationReport, CURVES } from "./calibrate.js";
import { type Evaluation, TASKS, type Task } from "./evaluate.js";

const TASK_NAMES: Readonly<Record<Task, string>> = {
  textToImage: "text → picture",
  titleToImage: "title → own picture",
  imageToImage: "picture → picture",
  textToProduct: "text → product",
};
const CURVE_NAMES: Readonly<Record<keyof Calibration, string>> = {
  wordToImage: "words and pictures",
  imageToImage: "pictures and pictures",
  wordToText: "words and words",
};

/** The report as a terminal shows it. */
export function toTables(evaluation: Evaluation): string {
  return [qualityTable(evaluation), figures(evaluation), calibrationTable(evaluation)].join("\n\n");
}

function qualityTable({ quality }: Evaluation): string {
  const rows = TASKS.flatMap((task) => {
    const found = quality[task];
    return found ? [{ name: TASK_NAMES[task], ...found }] : [];
  });
  const [first] = rows;
  if (!first) return "No query could be asked: products need a category or a title, and pictures; or give --queries.";
  const ranks = Object.keys(first.recallAt);
  const recalls = ranks.map((rank) => `recall@${rank}`);
  const table = plainTable(["", "queries", "precision@10", "nDCG@10", `mAP@${first.depth}`, ...recalls]);
  for (const { name, queries, precisionAt10, ndcgAt10, meanAveragePrecision, recallAt } of rows) {
    table.push([name, queries, ...[precisionAt10, ndcgAt10, meanAveragePrecision, ...ranks.map((rank) => recallAt[rank])].map(share)]);
  }
  return table.toString();
}

function figures({ products, space, latency }: Evaluation): string {
  const table = plainTable(["", ""]);
  const { zeroShot, modalityGap } = space;
  table.push(["products (with picture / with words)", `${products.total} (${products.withPicture} / ${products.withWords})`]);
  table.push([`zero-shot top-1, of ${zeroShot?.categories ?? 0} categories`, share(zeroShot?.top1)], ["modality gap", share(modalityGap)]);
  for (const [name, timed] of [
    ["one text", latency.text],
    ["one picture", latency.picture],
    ["one search by words", latency.search],
  ] as const) {
    table.push([`${name}, p50 / p95`, timed ? `${timed.p50Ms.toFixed(1)} / ${timed.p95Ms.toFixed(1)} ms` : "–"]);
  }
  return table.toString();
}

function calibrationTable({ calibration: { prior, model, fitted } }: Evaluation): string {
  const table = plainTable([`relevance (prior ${prior})`, "pairs", "error of the model's curve", "fitted slope", "intercept", "error"]);
  const error = (report: CalibrationReport | null, name: keyof Calibration) => share(report?.[name]?.expectedCalibrationError);
  for (const name of CURVES) {
    const curve = fitted[name]?.curve;
    // Pairs that give no curve are not in the report.
    const pairs = (fitted[name] ?? model?.[name])?.pairs ?? "–";
    table.push([
      CURVE_NAMES[name],
      pairs,
      error(model, name),
      curve?.slope.toFixed(2) ?? "–",
      curve?.intercept.toFixed(2) ?? "–",
      error(fitted, name),
    ]);
  }
  return table.toString();
}

function plainTable(head: string[]): Table.Table {
  const colAligns = head.map((_, i): "left" | "right" => (i === 0 ? "left" : "right"));
  return new Table({ head, colAligns, style: process.stdout.isTTY ? {} : { head: [], border: [] } });
}

function share(value: number | null | undefined): string {
  return value?.toFixed(3) ?? "–";
}
