import type { Evaluation, EvaluationResult } from "./evaluate.js";
import { averagePrecisionAt, precisionAt } from "./metrics.js";
import type { QueryOutcome } from "./task.js";

/** One text query of the report, so that weak spots can be found. */
interface JsonQuery {
  readonly query: string;
  readonly relevant: number;
  readonly precisionAt10: number;
  readonly averagePrecision: number;
  readonly firstHits: QueryOutcome["hits"];
}

const TEXT_TASKS = ["textToImage", "titleToImage", "textToProduct"] as const;

/** The report as it is written to a file: `about` (what was measured), all figures, and each text query, judged to `depth`. */
export function toJson<T extends object>(
  about: T,
  { evaluation, outcomes }: EvaluationResult,
  depth: number,
): T & Evaluation & { textQueries: object } {
  return {
    ...about,
    ...evaluation,
    textQueries: Object.fromEntries(TEXT_TASKS.map((task) => [task, outcomes[task].map((each) => toQuery(each, depth))])),
  };
}

function toQuery({ name, relevantCount, ranking, hits }: QueryOutcome, depth: number): JsonQuery {
  return {
    query: name,
    relevant: relevantCount,
    precisionAt10: precisionAt(10, ranking),
    averagePrecision: averagePrecisionAt(depth, ranking),
    firstHits: hits.slice(0, 10),
  };
}
