import { compareUtf8 } from "../../domain/order.js";
import type { FacetCount, Match, Total } from "../../domain/search.js";

/** What a list holds before its products are read. */
export interface Found {
  readonly matches: readonly Match[];
  readonly ended: boolean;
  readonly total: Total | null;
  readonly facets: readonly (readonly FacetCount[])[];
}

/** Best first, equal ones by id. */
export function byScore(a: Match, b: Match): number {
  return b.score - a.score || compareUtf8(a.id, b.id);
}
