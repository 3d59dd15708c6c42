import { BooleanQuery, type FullTextQuery, MatchQuery, Occur, PhraseQuery, type Table } from "@lancedb/lancedb";
import { stemmer } from "stemmer";
import { byScore } from "../../domain/order.js";
import { type IndexPage, type IndexQuery, MAX_RANK, type Match } from "../../domain/search.js";
import { allowedTypos } from "../../domain/words.js";
import { countRows } from "./facets.js";

const TITLE_BOOST = 2;

/** Which words the table knows; each is looked up once for all lists of one call. */
export class KnownWords {
  private readonly lookedUp = new Map<string, Promise<boolean>>();

  constructor(private readonly table: Table) {}

  /** Whether any product at all has the word, however inflected. */
  async has(word: string): Promise<boolean> {
    const known = this.lookedUp.get(word) ?? this.lookUp(word);
    this.lookedUp.set(word, known);
    return await known;
  }

  private async lookUp(word: string): Promise<boolean> {
    const search = this.table.query().fullTextSearch(new MatchQuery(word, "words")).select(["id", "_score"]).limit(1);
    return (await search.toArrow()).numRows > 0;
  }
}

/** Products that hold at least one of the words. Counted exactly up to `MAX_RANK`. */
export async function lexicalMatches(
  table: Table,
  where: string | null,
  words: readonly string[],
  knownWords: KnownWords,
  { limit, withTotal, facets = [] }: IndexQuery,
): Promise<IndexPage> {
  if (words.length === 0)
    return { matches: [], ended: true, total: withTotal ? { count: 0, relation: "EXACT" } : null, facets: facets.map(() => []) };
  const known = await Promise.all(words.map((word) => knownWords.has(word)));
  const query = fullTextQuery(words, known);
  const depth = Math.max(limit, withTotal ? MAX_RANK : 0);
  const all = table.query().fullTextSearch(query).limit(MAX_RANK);
  const [found, counted] = await Promise.all([
    depth > 0 ? bestScores(table, where, query, depth + 1) : [],
    countRows(where ? all.where(where) : all, facets, ["_score"]),
  ]);
  const cut = found.length > depth;
  return {
    matches: found.slice(0, limit),
    ended: found.length <= limit,
    facets: counted,
    total: withTotal ? { count: Math.min(found.length, depth), relation: cut ? "LOWER_BOUND" : "EXACT" } : null,
  };
}

/** Known words as they are; for each unknown one its neighbours; and once more all of them as a phrase. */
function fullTextQuery(words: readonly string[], known: readonly boolean[]): FullTextQuery {
  const clauses: FullTextQuery[] = [];
  for (const [column, boost] of [
    ["title_words", TITLE_BOOST],
    ["words", 1],
  ] as const) {
    const exact = words.filter((_, i) => known[i]);
    if (exact.length > 0) clauses.push(new MatchQuery(exact.join(" "), column, { boost }));
    words.forEach((word, i) => {
      if (known[i]) return;
      const fuzziness = allowedTypos(word);
      for (const form of misspeltForms(word, fuzziness)) clauses.push(new MatchQuery(form, column, { boost, fuzziness }));
    });
    if (words.length > 1 && known.every(Boolean)) clauses.push(new PhraseQuery(words.join(" "), column));
  }
  return new BooleanQuery(clauses.map((each) => [Occur.Should, each]));
}

/**
 * The engine compares a misspelt word as it stands with the stems that it keeps, from which an ending alone can be too far.
 * Its stems keep a y behind a vowel (jersey), where ours have an i: to what has one letter wrong (jersy), that is one too many.
 */
function misspeltForms(word: string, fuzziness: number): string[] {
  const stem = stemmer(word);
  return fuzziness === 1 && word.endsWith("y") && stem !== word ? [stem, word] : [stem];
}

/** The best `depth`, equal scores by id also where the list is cut: read on to the end of a run, as vector searches are. */
async function bestScores(table: Table, where: string | null, query: FullTextQuery, depth: number): Promise<Match[]> {
  for (let k = depth + 1; ; k *= 4) {
    const search = table.query().fullTextSearch(query).select(["id", "_score"]).limit(k);
    if (where) search.where(where);
    const found = await search.toArrow();
    const ids = found.getChild("id");
    const scores = found.getChild("_score");
    const matches: Match[] = [];
    for (let i = 0; i < found.numRows; i++) matches.push({ id: ids?.get(i) as string, score: scores?.get(i) as number, stored: null });
    matches.sort(byScore);
    if (matches.length === k && matches[k - 1]?.score === matches[depth - 1]?.score) continue;
    return matches.slice(0, depth);
  }
}
