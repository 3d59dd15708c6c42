import type { FacetCount, Match, Total } from "../../domain/search.js";

/** What a list holds before its products are read. */
export interface Found {
  readonly matches: readonly Match[];
  readonly ended: boolean;
  readonly total: Total | null;
  readonly facets: readonly (readonly FacetCount[])[];
}
