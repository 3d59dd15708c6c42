import { diversify } from "./diversify.js";
import type { Ranked } from "./fusion.js";
import { FilteredProduct, matcherOf } from "./matches-filter.js";
import { compareListed, positionOf } from "./order.js";
import type { StoredProduct } from "./product.js";
import type { ListingKey, ProductFilter } from "./search.js";

/** A product on its way to a page; `stored` is null as long as nothing needs to know more than its rank. */
export interface Candidate extends Ranked {
  readonly stored: StoredProduct | null;
}

/** Multiplies the score of the products that pass the filter. */
export interface Boost {
  readonly filter: ProductFilter;
  /** Within `BOOST_WEIGHT`; above 1 moves up, below 1 down. */
  readonly weight: number;
}

/**
 * What a boost can multiply by. A million puts first what passes, since scores above 0 hardly ever differ by as much in one
 * search; and the 41 boosts that a request and the shop's rules can have together leave a finite score.
 */
export const BOOST_WEIGHT = { min: 1e-6, max: 1e6 } as const;

/** What is done to candidates once they are ranked and cut off. */
export interface Arrangement {
  readonly boosts: readonly Boost[];
  /** Null: by relevance. */
  readonly sort: { readonly by: ListingKey; readonly reverse: boolean } | null;
  /** Reverses the order by relevance. */
  readonly worstFirst: boolean;
  /** One product of each group, the first. */
  readonly grouped: boolean;
  /** λ of `diversify`; null: none. */
  readonly lambda: number | null;
}

/** Whether arranging needs the products, or their ranks will do. */
export function needsProducts({ boosts, sort, grouped, lambda }: Arrangement): boolean {
  return boosts.length > 0 || sort !== null || grouped || lambda !== null;
}

/**
 * The candidates (best first, with their products where these are needed) in the order of the pages: boosted, sorted,
 * behind the pinned ones, one of each group, and diversified.
 */
export function arrange(candidates: readonly Candidate[], pinned: readonly Candidate[], arrangement: Arrangement): Candidate[] {
  const { boosts, sort, worstFirst, grouped, lambda } = arrangement;
  const boosted = boosts.length > 0 ? boost(candidates, boosts) : [...candidates];
  const ordered = sort ? sortBy(boosted, sort.by, sort.reverse) : worstFirst ? boosted.reverse() : boosted;
  const own = new Map(ordered.map((each) => [each.id, each]));
  const first = pinned.map((each) => asPinned(own.get(each.id) ?? each));
  const firstIds = new Set(first.map(({ id }) => id));
  const all = [...first, ...ordered.filter(({ id }) => !firstIds.has(id))];
  const kept = grouped ? firstOfGroups(all) : all;
  if (lambda === null) return kept;
  const pins = kept.filter(({ signals }) => signals.pinned);
  return [...pins, ...diversify(kept.slice(pins.length), lambda, pins)];
}

/** What a candidate is told apart by: its group, where only one of a group is given, or its id. */
export function identityOf({ id, stored }: Candidate, grouped: boolean): string {
  const groupId = grouped ? stored?.product.groupId : null;
  return groupId ? `group ${groupId}` : `product ${id}`;
}

function boost(candidates: readonly Candidate[], boosts: readonly Boost[]): Candidate[] {
  const rules = boosts.map(({ filter, weight }) => ({ passes: matcherOf(filter), weight }));
  return candidates
    .map((candidate) => {
      const { stored, score, signals } = candidate;
      const product = stored && new FilteredProduct(stored.product);
      const applied = rules.filter(({ passes }) => product && passes(product));
      const factor = applied.reduce((all, { weight }) => all * weight, 1);
      // A negative cosine moves up by division.
      return { ...candidate, score: score < 0 ? score / factor : score * factor, signals: { ...signals, boost: factor } };
    })
    .sort((a, b) => b.score - a.score);
}

function sortBy(candidates: readonly Candidate[], by: ListingKey, reverse: boolean): Candidate[] {
  return candidates
    .flatMap((candidate) => (candidate.stored ? [{ candidate, position: positionOf(candidate.stored.product, by) }] : []))
    .sort((a, b) => compareListed(a.position, b.position, reverse))
    .map(({ candidate }) => candidate);
}

function firstOfGroups(candidates: readonly Candidate[]): Candidate[] {
  const seen = new Set<string>();
  return candidates.filter((each) => {
    const identity = identityOf(each, true);
    return !seen.has(identity) && seen.add(identity);
  });
}

function asPinned(candidate: Candidate): Candidate {
  return { ...candidate, signals: { ...candidate.signals, pinned: true } };
}
