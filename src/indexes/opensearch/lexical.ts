import { allowedTypos } from "../../domain/words.js";
import type { SubSearch } from "./build-query.js";
import type { Query } from "./filter-query.js";
import type { Target } from "./target.js";

/** A text field that words are looked for in, and how much it counts. */
export interface WordField {
  readonly field: string;
  readonly boost: number;
}

/** Clauses that a server takes in one search unless told otherwise (its `indices.query.bool.max_clause_count`). */
const MAX_CLAUSES = 1_024;
/** Neighbours that a misspelt word stands for at most: the server's own number, each of them a clause. */
const MAX_NEIGHBOURS = 50;

/** What holds at least one of the words, by BM25: known words as they are, for each unknown one its neighbours, and the phrase. */
export function wordsQuery(
  words: readonly string[],
  unknown: readonly string[],
  fields: readonly WordField[],
  scope: readonly Query[],
): Query {
  const known = words.filter((word) => !unknown.includes(word));
  // Each word once in each field, and the phrase.
  const clauses = fields.length * (words.length + 1) + scope.reduce((sum, each) => sum + clausesOf(each), 0);
  const room = Math.floor((MAX_CLAUSES - clauses) / (fields.length * unknown.length));
  const max_expansions = Math.max(1, Math.min(MAX_NEIGHBOURS, room));
  const should = fields.flatMap(({ field, boost }): Query[] => [
    ...(known.length > 0 ? [{ match: { [field]: { query: known.join(" "), boost } } }] : []),
    ...unknown.map((word) => ({ match: { [field]: { query: word, boost, fuzziness: allowedTypos(word), max_expansions } } })),
    ...(words.length > 1 ? [{ match_phrase: { [field]: { query: words.join(" "), boost } } }] : []),
  ]);
  return { bool: { should, minimum_should_match: 1, ...(scope.length > 0 && { filter: scope }) } };
}

/** At least as many clauses as the server counts in a query: two of a range, which it can look up or compare, and one to negate. */
function clausesOf(query: Query): number {
  const { bool } = query as { readonly bool?: Readonly<Record<string, readonly Query[] | number>> };
  if (!bool) return "range" in query ? 2 : 1;
  const inner = Object.values(bool).flatMap((clauses) => (typeof clauses === "number" ? [] : clauses));
  return inner.reduce((sum, each) => sum + clausesOf(each), "must_not" in bool ? 1 : 0);
}

/** For each word that may be misspelt a search that tells whether any product at all has it. */
export function knownSearches(words: readonly string[], { wordFields }: Target): SubSearch[] {
  return [...new Set(words)]
    .filter((word) => allowedTypos(word) > 0)
    .map((word) => {
      const should = wordFields.map(({ field }) => ({ match: { [field]: word } }));
      const body = { query: { bool: { should, minimum_should_match: 1 } }, size: 0, terminate_after: 1, track_total_hits: true };
      return { body, role: { word }, score: () => 0 };
    });
}
