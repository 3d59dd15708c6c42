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

/** The shop's rules, ready to be added to any number of requests. */
export class ShopRules {
  /** Ids by what is the same in all ways to write a query: a shop may pin to thousands, and each search looks here. */
  private readonly pinned = new Map<string, string[]>();

  constructor(private readonly rules: Merchandising) {
    for (const { query, ids } of rules.pins) {
      const asked = wordsIn(query);
      this.pinned.set(asked, [...(this.pinned.get(asked) ?? []), ...ids]);
    }
  }

  /**
   * A request with the rules added to its own. Boosts change the order by relevance, so they are left out of listings
   * and of other orders, and of what is like one product: there may be many such searches in an operation, and boosts read
   * a pool of candidates for each. Pins are for words alone.
   */
  addTo(request: SearchRequest, nowMs: number): SearchRequest {
    const { text, image, imageUrl, similarTo, embedding, mix, sort } = request;
    const isMatched = [text, image, imageUrl, embedding, mix].some((each) => each != null);
    const byRelevance = !sort || (sort.by === "RELEVANCE" && !sort.reverse);
    if (!isMatched || !byRelevance) return request;
    const isTextAlone = text != null && [image, imageUrl, similarTo, embedding, mix].every((each) => each == null);
    const pinned = isTextAlone ? (this.pinned.get(wordsIn(text)) ?? []) : [];
    const { boosts, fresh } = this.rules;
    const fromFresh = fresh ? [{ filter: { updatedAfter: new Date(nowMs - fresh.days * MS_PER_DAY) }, weight: fresh.weight }] : [];
    return {
      ...request,
      boosts: [...(request.boosts ?? []), ...boosts, ...fromFresh],
      pins: [...(request.pins ?? []), ...pinned],
    };
  }
}

/** The words of a query, or the query itself where it has none: one emoji is not another. */
function wordsIn(query: string): string {
  return tokenize(query).join(" ") || query.trim();
}
