import { countFacets } from "../../domain/facets.js";
import type { IndexPage, IndexQuery } from "../../domain/search.js";
import { otherField, type SubSearch, sizeOf } from "./build-query.js";
import type { RawDocument } from "./document.js";
import { parseFacets, type RawAggregation } from "./facets.js";
import type { Target } from "./target.js";

/** The members of an `_msearch` answer that are read. */
export const ANSWER_MEMBERS = [
  "responses.error",
  "responses.status",
  "responses.aggregations",
  "responses.hits.total",
  "responses.hits.hits._id",
  "responses.hits.hits._score",
  "responses.hits.hits._source",
  "responses.hits.hits.fields",
  "responses.hits.hits.sort",
  "responses.hits.hits.matched_queries",
];

export interface RawHit extends RawDocument {
  readonly _score?: number | null;
  /** What the hit was ordered by, its product's id last. */
  readonly sort: readonly unknown[];
  /** Names of parts of the query that it matches. */
  readonly matched_queries?: readonly string[];
}

/** The answer to one search of an `_msearch`. */
export interface RawAnswer {
  readonly status?: number;
  readonly error?: { readonly type?: string; readonly reason?: string };
  readonly aggregations?: Readonly<Record<string, RawAggregation>>;
  readonly hits?: { readonly total?: { readonly value: number }; readonly hits?: readonly RawHit[] };
}

/** The page of a query from the answers to its searches, in their order. */
export function parsePage(query: IndexQuery, searches: readonly SubSearch[], answers: readonly RawAnswer[], target: Target): IndexPage {
  const [list] = searches;
  const raw = answers[0]?.hits?.hits ?? [];
  const { kind } = query.order;
  const byCosine = kind === "image" || kind === "text";
  const other = byCosine ? otherField(kind, target) : null;
  const matches = raw.slice(0, query.limit).map((hit) => ({
    id: hit.sort.at(-1) as string,
    score: list?.score(hit._score as number) as number,
    ...(byCosine && { lacksOther: other === null || !hit.matched_queries?.includes(other) }),
    stored: query.withProducts ? target.toStored(hit) : null,
  }));
  const counted = searches.findIndex(({ role }) => role === "count");
  const count = answers[counted === -1 ? 0 : counted]?.hits?.total?.value ?? 0;
  return {
    matches,
    ended: !list || raw.length < sizeOf(query),
    total: query.withTotal ? { count, relation: "EXACT" } : null,
    facets: facetsOf(query, answers[0]),
  };
}

/** An index without the fields counts nothing. */
function facetsOf({ facets = [] }: IndexQuery, answer: RawAnswer | undefined): IndexPage["facets"] {
  return answer?.aggregations ? parseFacets(facets, answer.aggregations) : countFacets(facets, []);
}

/** The words of a query that no product has, from the searches that asked. */
export function unknownWords(searches: readonly SubSearch[], answers: readonly RawAnswer[]): string[] {
  return searches.flatMap(({ role }, i) => (typeof role === "object" && !answers[i]?.hits?.total?.value ? [role.word] : []));
}
