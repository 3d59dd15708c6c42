import { type Position, positionOfKind } from "../domain/cursor.js";
import { badInput } from "../domain/errors.js";
import { rank } from "../domain/fusion.js";
import { compareUtf8 } from "../domain/order.js";
import { type IndexPage, type IndexQuery, type ListOrder, MAX_RANK, type Match, POOL_DEPTH, type Total } from "../domain/search.js";
import type { Step, Walk, WalkPage, Window } from "./walk.js";

type Semantic = Extract<ListOrder, { kind: "image" | "text" }>;
type ListPosition = Extract<Position, { kind: "list" }>;

/** Ranks beyond the remembered one that are read at once, for products that came before it since. */
const SLACK = 10;
/** Cosines of one product can lie so far apart where a query was encoded again: in another batch, or by another gateway. */
const ROUNDING = 1e-4;

/**
 * One list by cosine, in its own order, to any depth up to `MAX_RANK`. A product's cosine does not change with others, so
 * cosine and id tell where the next page begins; the list is read again from its start, deeper where it grew meanwhile.
 */
export class ListWalk implements Walk {
  private depth: number;
  private readonly from: ListPosition | null;

  constructor(
    private readonly base: Omit<IndexQuery, "order" | "limit" | "withProducts">,
    private readonly order: Semantic,
    /** The least cosine of this list. */
    private readonly minSimilarity: number | null,
    private readonly window: Window,
  ) {
    this.from = positionOfKind(window.from, "list");
    if (this.from && this.from.rank >= MAX_RANK && !window.backwards) {
      throw badInput(`Paging ends at rank ${MAX_RANK}: narrow the search with a filter instead.`, ["after"]);
    }
    const rank = this.from ? this.from.rank + SLACK : 0;
    const counted = base.withTotal && minSimilarity !== null ? POOL_DEPTH : 0;
    this.depth = window.backwards && !this.from ? MAX_RANK : Math.min(MAX_RANK, Math.max(counted, rank + window.size + 1));
  }

  queries(): IndexQuery[] {
    const withTotal = this.base.withTotal && this.minSimilarity === null;
    // Deeper than a page, most of what is read is not given.
    const withProducts = this.depth <= this.window.size + 1;
    return [{ ...this.base, order: this.order, limit: this.depth, withTotal, withProducts }];
  }

  take([page]: readonly [IndexPage]): WalkPage | null {
    const { size, backwards } = this.window;
    const near = page.matches.filter(({ score }) => this.minSimilarity === null || score >= this.minSimilarity);
    const isWhole = page.ended || near.length < page.matches.length;
    const ended = isWhole || this.depth >= MAX_RANK;
    const from = this.from && placeNow(this.from, near);
    const behind = from ? near.findIndex((match) => isBehind(match, from)) : 0;
    if (!ended && (behind === -1 || (!backwards && near.length - behind <= size))) {
      this.depth = Math.min(MAX_RANK, this.depth * 2 + size);
      return null;
    }
    const { start, end } = backwards ? this.before(near, behind) : this.after(near, behind);
    const counted: Total = page.total ?? { count: near.length, relation: isWhole ? "EXACT" : "LOWER_BOUND" };
    // The page behind the deepest rank is refused, which tells why; an empty one has no cursor to ask for it with.
    const hasDeeper = !isWhole && !backwards && end > start;
    return {
      steps: this.steps(near, start, end),
      hasNextPage: end < near.length || hasDeeper,
      hasPreviousPage: start > 0,
      total: this.base.withTotal ? counted : null,
    };
  }

  private after(near: readonly Match[], behind: number): { start: number; end: number } {
    const start = behind === -1 ? near.length : behind;
    return { start, end: Math.min(near.length, start + this.window.size) };
  }

  private before(near: readonly Match[], behind: number): { start: number; end: number } {
    const position = this.from;
    const stop = position === null || behind === -1 ? near.length : behind;
    const end = position !== null && near[stop - 1]?.id === position.id ? stop - 1 : stop;
    return { start: Math.max(0, end - this.window.size), end };
  }

  private steps(near: readonly Match[], start: number, end: number): Step[] {
    const stored = new Map(near.slice(start, end).map((match) => [match.id, match.stored]));
    const lists = { image: null, text: null, lexical: null, [this.order.kind]: near.slice(0, end) };
    return rank(lists, null)
      .slice(start)
      .map((ranked, i) => ({
        ...ranked,
        stored: stored.get(ranked.id) ?? null,
        position: () => ({ kind: "list", score: ranked.score, id: ranked.id, rank: start + i + 1 }),
      }));
  }
}

type Place = Pick<Match, "score" | "id">;

/** A position by the cosine that its product has now: by the old one, the product itself and equal ones could come again or be missed. */
function placeNow(from: Place, near: readonly Match[]): Place {
  const now = near.find(({ id }) => id === from.id);
  return now && Math.abs(now.score - from.score) < ROUNDING ? now : from;
}

function isBehind({ score, id }: Match, from: Place): boolean {
  return score < from.score || (score === from.score && compareUtf8(id, from.id) > 0);
}
