import { allowedTypos } from "../../domain/words.js";
import type { SubSearch } from "./build-query.js";
import type { Query } from "./filter-query.js";
import type { Target } from "./target.js";

/** A text field that words are looked for in, and how much it counts. */
export interface WordField {
  readonly field: string;
  readonly boost: number;
}

/** What holds at least one of the words, by BM25: known words as they are, for each unknown one its neighbours, and the phrase. */
export function wordsQuery(
  words: readonly string[],
  unknown: readonly string[],
  fields: readonly WordField[],
  scope: readonly Query[],
): Query {
  const known = words.filter((word) => !unknown.includes(word));
  const should = fields.flatMap(({ field, boost }): Query[] => [
    ...(known.length > 0 ? [{ match: { [field]: { query: known.join(" "), boost } } }] : []),
    ...unknown.map((word) => ({ match: { [field]: { query: word, boost, fuzziness: allowedTypos(word) } } })),
    ...(words.length > 1 ? [{ match_phrase: { [field]: { query: words.join(" "), boost } } }] : []),
  ]);
  return { bool: { should, minimum_should_match: 1, ...(scope.length > 0 && { filter: scope }) } };
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
