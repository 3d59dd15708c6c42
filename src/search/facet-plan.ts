import { countFacets, toBuckets, withoutOwn } from "../domain/facets.js";
import type { FacetCount, FacetRequest, IndexPage, IndexQuery, ProductFilter, Total } from "../domain/search.js";
import { candidatesOf, isCountedByIndex, relationOf, type Scope } from "./scope.js";

export interface Facet {
  readonly field: FacetRequest["field"];
  readonly attribute: string | null;
  readonly buckets: readonly FacetCount[];
  /** How many products were counted, and whether that is all that match or the candidates that were ranked. */
  readonly countedOver: Total;
}

/** Facets that share one filter: the search's own, less what they chose themselves. */
interface Group {
  readonly filter: ProductFilter | null;
  readonly requests: FacetRequest[];
}

/**
 * The facets of one search. A listing and a list of words alone are counted whole, by the index; where embeddings are
 * compared every product matches more or less, so the candidates are counted. Each facet leaves out its own filter, so
 * facets of different filters are asked for apart, in the same call.
 */
export class FacetPlan {
  private readonly groups: readonly Group[];

  constructor(
    private readonly requests: readonly FacetRequest[],
    private readonly scope: Scope,
  ) {
    this.groups = groupsOf(requests, scope.base.filter);
  }

  queries(): IndexQuery[] {
    const { base, orders, depth } = this.scope;
    return this.groups.flatMap(({ filter, requests }) =>
      orders.map((order) =>
        isCountedByIndex(this.scope)
          ? { ...base, order, filter, limit: 0, withTotal: true, withProducts: false, facets: requests }
          : { ...base, order, filter, limit: depth, withTotal: false, withProducts: true, withEmbeddings: false },
      ),
    );
  }

  take(pages: readonly IndexPage[]): Facet[] {
    const perGroup = this.scope.orders.length;
    const counted = new Map<FacetRequest, Facet>();
    this.groups.forEach(({ requests }, i) => {
      const own = pages.slice(i * perGroup, (i + 1) * perGroup);
      const { counts, total } = isCountedByIndex(this.scope) ? fromIndex(own) : this.fromCandidates(requests, own);
      requests.forEach((request, k) => {
        const { field, attribute = null } = request;
        counted.set(request, { field, attribute, buckets: toBuckets(request, counts[k] ?? []), countedOver: total });
      });
    });
    return this.requests.map((request) => counted.get(request) as Facet);
  }

  private fromCandidates(requests: readonly FacetRequest[], pages: readonly IndexPage[]): Counted {
    const products = candidatesOf(this.scope, pages).flatMap(({ stored }) => stored?.product ?? []);
    return { counts: countFacets(requests, products), total: { count: products.length, relation: relationOf(this.scope, pages) } };
  }
}

interface Counted {
  readonly counts: readonly (readonly FacetCount[])[];
  readonly total: Total;
}

function fromIndex([page]: readonly IndexPage[]): Counted {
  return { counts: page?.facets ?? [], total: page?.total ?? { count: 0, relation: "EXACT" } };
}

function groupsOf(requests: readonly FacetRequest[], filter: ProductFilter | null): Group[] {
  const groups = new Map<string, Group>();
  const whole = normalized(filter);
  for (const request of requests) {
    const rest = filter && withoutOwn(filter, request);
    const key = normalized(rest);
    // The very same filter where nothing was left out, so that the search's own lists can be shared.
    const group = groups.get(key) ?? { filter: key === whole ? filter : rest, requests: [] };
    group.requests.push(request);
    groups.set(key, group);
  }
  return [...groups.values()];
}

/** A filter as JSON without its empty members, so that leaving out nothing changes nothing. */
function normalized(filter: ProductFilter | null): string {
  return JSON.stringify(filter, (_, value) => (value === null || (Array.isArray(value) && value.length === 0) ? undefined : value));
}
