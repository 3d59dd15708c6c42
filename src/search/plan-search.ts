import { type Arrangement, needsProducts } from "../domain/arrange.js";
import { EVEN_WEIGHTS } from "../domain/fusion.js";
import { FUSION_DEPTH, type Listing, type ListOrder, type MinSimilarity, POOL_DEPTH } from "../domain/search.js";
import { FacetPlan } from "./facet-plan.js";
import { FacetedWalk } from "./faceted-walk.js";
import { ListWalk } from "./list-walk.js";
import { ListingWalk } from "./listing-walk.js";
import { PoolWalk } from "./pool-walk.js";
import type { ReadQuery } from "./read-query.js";
import type { Scope } from "./scope.js";
import type { SearchRequest } from "./search-request.js";
import type { Walk, Window } from "./walk.js";

/**
 * How a search gets its pages. A plain listing and a single list by cosine go to any depth in the index's own order;
 * whatever is fused, lexical or arranged anew is ranked out of a pool of candidates.
 * `minSimilarity`: null where nothing is cut off.
 */
export function planSearch(request: SearchRequest, query: ReadQuery, minSimilarity: MinSimilarity | null, window: Window): FacetedWalk {
  const { filter = null, weights, facets, withTotal, withEmbeddings } = request;
  const base = { filter, excludeIds: query.excludeIds, withTotal, withEmbeddings };
  const matched = matchedBy(query);
  const orders = matched.length > 0 ? matched : [listingOf(request)];
  const scope: Scope = {
    base,
    orders,
    depth: orders.length > 1 ? FUSION_DEPTH : POOL_DEPTH,
    minSimilarity: query.image ? minSimilarity : null,
    // The lists of SEMANTIC share one side: a weight of 0 would leave nothing to order them by.
    weights: (query.mode === "HYBRID" && weights) || EVEN_WEIGHTS,
  };
  return new FacetedWalk(planWalk(request, scope, window), facets?.length ? new FacetPlan(facets, scope) : null);
}

function planWalk(request: SearchRequest, scope: Scope, window: Window): Walk {
  const { base, orders, minSimilarity } = scope;
  const [first] = orders as [ListOrder];
  // However often it is pinned, a product comes once.
  const pins = [...new Set(request.pins)];
  const arrangement = arrangementOf(request, first.kind !== "listing");
  if (orders.length === 1 && pins.length === 0 && !needsProducts(arrangement) && !arrangement.worstFirst) {
    if (first.kind === "listing") return new ListingWalk(base, first, window);
    if (first.kind !== "lexical") return new ListWalk(base, first, minSimilarity?.[first.kind] ?? null, window);
  }
  return new PoolWalk(scope, arrangement, pins, window);
}

function matchedBy({ image, text, words }: ReadQuery): ListOrder[] {
  const orders: ListOrder[] = [];
  if (image) orders.push({ kind: "image", embedding: image });
  if (text) orders.push({ kind: "text", embedding: text });
  if (words) orders.push({ kind: "lexical", words });
  return orders;
}

function listingOf({ sort }: SearchRequest): Listing {
  const { by = "RELEVANCE", reverse = false } = sort ?? {};
  return { kind: "listing", by: by === "RELEVANCE" ? "ID" : by, reverse, backwards: false, after: null };
}

/** A listing comes sorted from the index; what was matched is sorted here. */
function arrangementOf({ sort, groupBy, diversity, boosts }: SearchRequest, isMatched: boolean): Arrangement {
  const byKey = sort && sort.by !== "RELEVANCE" ? { by: sort.by, reverse: sort.reverse } : null;
  return {
    boosts: boosts ?? [],
    sort: isMatched ? byKey : null,
    worstFirst: isMatched && sort?.by === "RELEVANCE" && sort.reverse,
    grouped: groupBy === "PRODUCT_GROUP",
    lambda: diversity?.lambda ?? null,
  };
}
