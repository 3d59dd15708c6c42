import { LikenessError } from "../domain/errors.js";
import type { SearchProducts } from "../search/search-products.js";
import type { PageHit, SearchRequest } from "../search/search-request.js";

/** What of a request a query decides. */
export type QueryParts = Pick<SearchRequest, "text" | "image" | "similarTo" | "embedding" | "mode">;

/** A query by the name that people know it by. */
export interface NamedQuery {
  readonly name: string;
  readonly parts: QueryParts;
}

const SHOWN_CHARS = 60;

/** The searches of one call, which wait for one another. */
const BATCH = 32;
/** The largest page. */
const PAGE = 100;

/** The first `depth` hits of each query, by the gateway's own search, page by page. Throws what a search throws, with its query's name. */
export async function runQueries(
  search: Pick<SearchProducts, "search">,
  queries: readonly NamedQuery[],
  depth: number,
): Promise<PageHit[][]> {
  const hits: PageHit[][] = queries.map(() => []);
  for (let at = 0; at < queries.length; at += BATCH) {
    let open = queries.slice(at, at + BATCH).map((query, i) => ({ ...query, place: at + i, after: null as string | null }));
    while (open.length > 0) {
      const first = (place: number): number => Math.min(PAGE, depth - (hits[place]?.length ?? 0));
      const pages = await search.search(
        open.map(({ parts, place, after }) => ({ ...parts, after, first: first(place), withTotal: false, withEmbeddings: false })),
      );
      open = open.filter((query, i) => {
        const page = pages[i];
        if (!page || page instanceof Error) throw page ? named(page, query.name) : new Error("A search gave no answer.");
        const found = hits[query.place] as PageHit[];
        found.push(...page.hits);
        query.after = page.hits.at(-1)?.cursor() ?? null;
        return page.hasNextPage && query.after !== null && found.length < depth;
      });
    }
  }
  return hits;
}

function named(error: Error, name: string): Error {
  if (!(error instanceof LikenessError)) return error;
  const shown = name.length > SHOWN_CHARS ? `${name.slice(0, SHOWN_CHARS)}…` : name;
  return new LikenessError(error.code, `The query ${JSON.stringify(shown)}: ${error.message}`, error.options);
}
