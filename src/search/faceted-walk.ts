import type { IndexPage, IndexQuery } from "../domain/search.js";
import type { Facet, FacetPlan } from "./facet-plan.js";
import { shareQueries } from "./share-queries.js";
import type { Walk, WalkPage } from "./walk.js";

export interface FacetedPage extends WalkPage {
  readonly facets: readonly Facet[];
}

/** A walk and the facets of the same search, asked for together; lists that both want are read once. */
export class FacetedWalk {
  /** Null until they are counted. */
  private facets: readonly Facet[] | null = null;
  private walkQueries = 0;
  private places: readonly number[] = [];

  constructor(
    private readonly walk: Walk,
    /** Null when none are asked for. */
    private readonly plan: FacetPlan | null,
  ) {}

  queries(): readonly IndexQuery[] {
    const own = this.walk.queries();
    const counted = this.facets === null ? (this.plan?.queries() ?? []) : [];
    const { queries, places } = shareQueries([...own, ...counted]);
    this.walkQueries = own.length;
    this.places = places;
    return queries;
  }

  /** The answers to the last `queries`, in order; null when there is more to ask. */
  take(answers: readonly IndexPage[]): FacetedPage | null {
    const pages = this.places.map((place) => answers[place] as IndexPage);
    this.facets ??= this.plan?.take(pages.slice(this.walkQueries)) ?? [];
    const page = this.walk.take(pages.slice(0, this.walkQueries));
    return page && { ...page, facets: this.facets };
  }
}
