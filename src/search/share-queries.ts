import type { IndexQuery } from "../domain/search.js";

/** Queries to ask, and for each of those that were given the place of its answer among them. */
export interface SharedQueries {
  readonly queries: readonly IndexQuery[];
  readonly places: readonly number[];
}

/** Asks once for lists that two parts of a search want, with whatever either wants to know of them. */
export function shareQueries(wanted: readonly IndexQuery[]): SharedQueries {
  const queries: IndexQuery[] = [];
  const places = wanted.map((query) => {
    const place = queries.findIndex((each) => isSameList(each, query));
    const known = queries[place];
    if (!known) return queries.push(query) - 1;
    queries[place] = {
      ...known,
      withTotal: known.withTotal || query.withTotal,
      withProducts: known.withProducts || query.withProducts,
      withEmbeddings: known.withEmbeddings || query.withEmbeddings,
    };
    return place;
  });
  return { queries, places };
}

/** The parts of one search hold the very same objects, so there is no need to compare what is in them. */
function isSameList(a: IndexQuery, b: IndexQuery): boolean {
  return a.order === b.order && a.filter === b.filter && a.excludeIds === b.excludeIds && a.limit === b.limit && !a.facets && !b.facets;
}
