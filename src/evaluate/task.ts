import type { SearchProducts } from "../search/search-products.js";
import type { PageHit } from "../search/search-request.js";
import type { EvaluationQuery } from "./evaluation-query.js";
import { averagePrecisionAt, mean, ndcgAt, precisionAt, type Ranking, recallAt } from "./metrics.js";
import { type QueryParts, runQueries } from "./run-queries.js";

/** The ranks at which recall is told. */
const RECALL_RANKS = [1, 5, 10, 100];

/** So many first hits precision and nDCG look at: a ranking must be read so far, for what was not read counts as not relevant. */
export const FIRST_HITS = 10;

/** How good one way of searching is: means over its queries, each in [0, 1]. */
export interface Quality {
  readonly queries: number;
  /** By rank: the share of the relevant products that are among the first k. */
  readonly recallAt: Readonly<Record<string, number>>;
  readonly precisionAt10: number;
  readonly ndcgAt10: number;
  /** Mean average precision over the first `depth` hits. */
  readonly meanAveragePrecision: number;
  readonly depth: number;
}

export interface QueryOutcome {
  readonly name: string;
  readonly asked: EvaluationQuery["asked"];
  readonly relevantCount: number;
  readonly ranking: Ranking;
  readonly hits: readonly { readonly id: string; readonly relevance: number | null; readonly isRelevant: boolean }[];
}

/** How queries are put to the gateway. */
export interface Asking<Q extends EvaluationQuery> {
  toParts(queries: readonly Q[]): Promise<QueryParts[]>;
  relevanceOf(hit: PageHit): number | null;
}

/** Asks every query that has a relevant product among `findable`. */
export async function runTask<Q extends EvaluationQuery>(
  search: Pick<SearchProducts, "search">,
  queries: readonly Q[],
  findable: ReadonlySet<string>,
  depth: number,
  asking: Asking<Q>,
): Promise<QueryOutcome[]> {
  const counted = queries.map((query) => ({ query, relevantCount: countRelevant(query, findable) }));
  const answerable = counted.filter(({ relevantCount }) => relevantCount > 0);
  const parts = await asking.toParts(answerable.map(({ query }) => query));
  const named = answerable.map(({ query }, i) => ({ name: query.name, parts: parts[i] as QueryParts }));
  const found = await runQueries(search, named, depth);
  return answerable.map(({ query, relevantCount }, i) => {
    const hits = (found[i] ?? []).map((each) => {
      const { id } = each.hit.product;
      return { id, relevance: asking.relevanceOf(each), isRelevant: query.relevant.has(id) };
    });
    return {
      name: query.name,
      asked: query.asked,
      relevantCount,
      hits,
      ranking: { found: hits.map(({ isRelevant }) => isRelevant), relevantCount },
    };
  });
}

/** Null where there was no query to answer. */
export function qualityOf(outcomes: readonly QueryOutcome[], depth: number): Quality | null {
  if (outcomes.length === 0) return null;
  const over = (measure: (ranking: Ranking) => number): number => mean(outcomes.map(({ ranking }) => measure(ranking))) as number;
  return {
    queries: outcomes.length,
    recallAt: Object.fromEntries(RECALL_RANKS.filter((k) => k <= depth).map((k) => [String(k), over((ranking) => recallAt(k, ranking))])),
    precisionAt10: over((ranking) => precisionAt(FIRST_HITS, ranking)),
    ndcgAt10: over((ranking) => ndcgAt(FIRST_HITS, ranking)),
    meanAveragePrecision: over((ranking) => averagePrecisionAt(depth, ranking)),
    depth,
  };
}

function countRelevant({ relevant, asked }: EvaluationQuery, findable: ReadonlySet<string>): number {
  let count = 0;
  for (const id of relevant) if (findable.has(id) && !("similarTo" in asked && asked.similarTo === id)) count++;
  return count;
}
