import type { Client } from "@opensearch-project/opensearch";
import { LikenessError } from "../../domain/errors.js";
import type { Outcome } from "../../domain/ports.js";
import type { IndexPage, IndexQuery } from "../../domain/search.js";
import { buildSearches, type Manner, type SubSearch } from "./build-query.js";
import { searchAll } from "./multi-search.js";
import { parsePage, unknownWords } from "./parse-response.js";
import type { Patience } from "./retry.js";
import type { Target } from "./target.js";

/** The searches of a query, none where the index cannot answer it: then why. */
interface Plan {
  readonly query: IndexQuery;
  readonly searches: readonly SubSearch[];
  readonly refusal: LikenessError | null;
}

/**
 * Answers queries by one `_msearch`. Only where a word turns out to be in no product is a second one sent, with that
 * word's neighbours, for the queries that have it.
 */
export async function searchQueries(
  client: Client,
  alias: string,
  queries: readonly IndexQuery[],
  { target, exact, again }: { target: Target; exact: boolean; again: Patience },
): Promise<Outcome<IndexPage>[]> {
  const planned = queries.map((query) => plan(query, target, { exact, unknownWords: null }));
  const answers = await searchAll(client, alias, planned, again);
  const misspelt = planned.flatMap(({ query, searches }, position) => {
    const own = answers[position];
    const unknown = !own || own instanceof Error ? [] : unknownWords(searches, own);
    return unknown.length === 0 ? [] : [{ position, ...plan(query, target, { exact, unknownWords: unknown }) }];
  });
  const more = await searchAll(client, alias, misspelt, again);
  misspelt.forEach(({ position, ...replanned }, i) => {
    planned[position] = replanned;
    answers[position] = more[i] as (typeof answers)[number];
  });
  return planned.map(({ query, searches, refusal }, i) => {
    const own = refusal ?? (answers[i] as (typeof answers)[number]);
    return own instanceof Error ? own : parsePage(query, searches, own, target);
  });
}

function plan(query: IndexQuery, target: Target, manner: Manner): Plan {
  try {
    return { query, searches: buildSearches(query, target, manner), refusal: null };
  } catch (error) {
    if (!(error instanceof LikenessError)) throw error;
    return { query, searches: [], refusal: error };
  }
}
