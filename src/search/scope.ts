import type { Candidate } from "../domain/arrange.js";
import { type FusionWeights, type Lists, NO_SIGNALS, rank } from "../domain/fusion.js";
import type { IndexPage, IndexQuery, ListOrder, Match, MinSimilarity, TotalCountRelation } from "../domain/search.js";

/** What a search ranks: its lists, how deep they are read, and what is cut off. */
export interface Scope {
  readonly base: Omit<IndexQuery, "order" | "limit" | "withProducts">;
  /** A listing alone, or what the query is matched by. */
  readonly orders: readonly ListOrder[];
  /** How deep each list is read where its products are ranked here. */
  readonly depth: number;
  readonly minSimilarity: MinSimilarity | null;
  readonly weights: FusionWeights;
}

/** Whether the index counts all that the search finds: a listing, and what holds one of the words. */
export function isCountedByIndex({ orders: [first, second] }: Scope): boolean {
  return second === undefined && (first?.kind === "listing" || first?.kind === "lexical");
}

/** What the lists of a scope (a page each) hold, fused and cut off, best first. */
export function candidatesOf({ orders, minSimilarity, weights }: Scope, pages: readonly IndexPage[]): Candidate[] {
  if (orders[0]?.kind === "listing") return (pages[0]?.matches ?? []).map(unmatched);
  const lists: Record<keyof Lists, readonly Match[] | null> = { image: null, text: null, lexical: null };
  const stored = new Map<string, Match["stored"]>();
  orders.forEach(({ kind }, i) => {
    const matches = pages[i]?.matches ?? [];
    if (kind !== "listing") lists[kind] = matches;
    for (const match of matches) if (match.stored) stored.set(match.id, match.stored);
  });
  return rank(lists, minSimilarity, weights).map((each) => ({ ...each, stored: stored.get(each.id) ?? null }));
}

/** A product that no list ranked. Its score is 1, so that boosts can order a listing. */
export function unmatched({ id, stored }: Match): Candidate {
  return { id, stored, score: 1, similarity: null, signals: NO_SIGNALS };
}

/**
 * Whether the candidates are all there are: each list (a page each) has ended, or all that is behind it is cut off. Where
 * cosines are cut off, words alone find nothing.
 */
export function relationOf({ orders, minSimilarity }: Scope, pages: readonly IndexPage[]): TotalCountRelation {
  const isWhole = orders.every(({ kind }, i) => {
    const { ended, matches } = pages[i] as IndexPage;
    if (ended || !minSimilarity || kind === "listing") return ended;
    return kind === "lexical" || (matches.at(-1)?.score ?? 1) < minSimilarity[kind];
  });
  return isWhole ? "EXACT" : "CANDIDATES";
}
