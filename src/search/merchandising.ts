import type { Boost } from "../domain/arrange.js";
import { tokenize } from "../domain/words.js";
import type { SearchRequest } from "./search-request.js";

const MS_PER_DAY = 24 * 60 * 60 * 1000;

/** The shop's own rules of order, beside those that a request brings. */
export interface Merchandising {
  readonly boosts: readonly Boost[];
  /** Moves up what was added or changed lately; null for none. */
  readonly fresh: { readonly days: number; readonly weight: number } | null;
  /** Products that come first for a query, whatever its case, accents and punctuation. */
  readonly pins: readonly { readonly query: string; readonly ids: readonly string[] }[];
}

/**
 * A request with the shop's rules added to its own. Boosts change the order by relevance, so they are left out of listings
 * and of other orders, and of what is like one product: there may be many such searches in an operation, and boosts read
 * a pool of candidates for each. Pins are for words alone.
 */
export function withMerchandising(request: SearchRequest, rules: Merchandising, nowMs: number): SearchRequest {
  const { text, image, imageUrl, similarTo, embedding, mix, sort } = request;
  const isMatched = [text, image, imageUrl, embedding, mix].some((each) => each != null);
  const byRelevance = !sort || (sort.by === "RELEVANCE" && !sort.reverse);
  if (!isMatched || !byRelevance) return request;
  const isTextAlone = text != null && [image, imageUrl, similarTo, embedding, mix].every((each) => each == null);
  const pinned = isTextAlone ? rules.pins.filter(({ query }) => isSameQuery(query, text)).flatMap(({ ids }) => ids) : [];
  const fresh = rules.fresh
    ? [{ filter: { updatedAfter: new Date(nowMs - rules.fresh.days * MS_PER_DAY) }, weight: rules.fresh.weight }]
    : [];
  return {
    ...request,
    boosts: [...(request.boosts ?? []), ...rules.boosts, ...fresh],
    pins: [...new Set([...(request.pins ?? []), ...pinned])],
  };
}

function isSameQuery(a: string, b: string): boolean {
  return tokenize(a).join(" ") === tokenize(b).join(" ");
}
