import { hash } from "node:crypto";
import { type Arrangement, arrange, type Candidate, identityOf, needsProducts } from "../domain/arrange.js";
import { positionOfKind } from "../domain/cursor.js";
import type { IndexPage, IndexQuery, Listing, Total } from "../domain/search.js";
import { candidatesOf, isCountedByIndex, relationOf, type Scope, unmatched } from "./scope.js";
import type { Step, Walk, WalkPage, Window } from "./walk.js";

/** Characters of a mark: 42 bits of SHA-256, so that two of 1,000 candidates share one in 1 of 10⁷ pools. */
const MARK_CHARS = 7;

/**
 * Results that are ranked here, out of a pool of candidates: each list of the query to a fixed depth. A cursor names what
 * was given, so a walk gives every product of the pool once, however the ranks shift meanwhile; a product added meanwhile
 * comes with the rest of the pool.
 */
export class PoolWalk implements Walk {
  /** Marks of what was given before, in order. */
  private readonly given: string;

  constructor(
    private readonly scope: Scope,
    private readonly arrangement: Arrangement,
    /** Ids of products that come first. */
    private readonly pins: readonly string[],
    private readonly window: Window,
  ) {
    this.given = positionOfKind(window.from, "pool")?.given ?? "";
  }

  queries(): IndexQuery[] {
    const { scope, arrangement, pins } = this;
    const base = {
      ...scope.base,
      limit: scope.depth,
      withTotal: scope.base.withTotal && this.countsWhole,
      withProducts: needsProducts(arrangement),
      withEmbeddings: scope.base.withEmbeddings || arrangement.lambda !== null,
    };
    const lists = scope.orders.map((order) => ({ ...base, order }));
    return pins.length > 0 ? [...lists, { ...base, ...this.pinned(), withTotal: false, withProducts: true }] : lists;
  }

  take(pages: readonly IndexPage[]): WalkPage {
    const { scope, arrangement, pins } = this;
    const lists = pages.slice(0, scope.orders.length);
    const pinned = pages.slice(lists.length).flatMap((page) => page.matches.map(unmatched));
    const inOrder = pins.flatMap((id) => pinned.filter((each) => each.id === id));
    const candidates = arrange(candidatesOf(scope, lists), inOrder, arrangement);
    const counted: Total = (this.countsWhole && lists[0]?.total) || { count: candidates.length, relation: relationOf(scope, lists) };
    return { ...this.page(candidates), total: scope.base.withTotal ? counted : null };
  }

  /** The index counts beyond the pool, but neither groups nor pinned products that do not match; in a listing all match. */
  private get countsWhole(): boolean {
    const { scope, arrangement, pins } = this;
    return isCountedByIndex(scope) && !arrangement.grouped && (pins.length === 0 || scope.orders[0]?.kind === "listing");
  }

  private pinned(): Pick<IndexQuery, "order" | "filter" | "limit"> {
    const { filter } = this.scope.base;
    const ids = this.pins;
    const order: Listing = { kind: "listing", by: "ID", reverse: false, backwards: false, after: null };
    return { order, filter: filter ? { and: [filter, { ids }] } : { ids }, limit: ids.length };
  }

  private page(candidates: readonly Candidate[]): Omit<WalkPage, "total"> {
    const { size, backwards, from } = this.window;
    const { given } = this;
    const marks = new Set(given.match(/.{7}/g));
    if (!backwards) {
      // Most searches are of the first page, which takes no marks but those of its cursors.
      const rest = marks.size === 0 ? candidates : candidates.filter((each) => !marks.has(this.markOf(each)));
      return { steps: this.steps(rest.slice(0, size), given), hasNextPage: rest.length > size, hasPreviousPage: given !== "" };
    }
    marks.delete(given.slice(-MARK_CHARS));
    const before = from ? candidates.filter((each) => marks.has(this.markOf(each))) : candidates;
    const start = Math.max(0, before.length - size);
    const ahead = before.slice(0, start).map((each) => this.markOf(each));
    return { steps: this.steps(before.slice(start), ahead.join("")), hasNextPage: from !== null, hasPreviousPage: start > 0 };
  }

  private steps(page: readonly Candidate[], ahead: string): Step[] {
    const marks = page.map((each) => this.markOf(each));
    return page.map((candidate, i) => ({
      ...candidate,
      position: () => ({ kind: "pool", given: ahead + marks.slice(0, i + 1).join("") }),
    }));
  }

  private markOf(candidate: Candidate): string {
    return hash("sha256", identityOf(candidate, this.arrangement.grouped), "base64url").slice(0, MARK_CHARS);
  }
}
