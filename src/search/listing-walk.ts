import { positionOfKind } from "../domain/cursor.js";
import { NO_SIGNALS } from "../domain/fusion.js";
import { positionOf } from "../domain/order.js";
import type { StoredProduct } from "../domain/product.js";
import type { IndexPage, IndexQuery, Listing, ListingPosition } from "../domain/search.js";
import type { Step, Walk, WalkPage, Window } from "./walk.js";

/** A listing without a query: the index itself goes on from a key and an id, so pages are stable at any depth. */
export class ListingWalk implements Walk {
  private readonly after: ListingPosition | null;

  constructor(
    private readonly base: Omit<IndexQuery, "order" | "limit" | "withProducts">,
    private readonly order: Listing,
    private readonly window: Window,
  ) {
    this.after = positionOfKind(window.from, "listing");
  }

  queries(): IndexQuery[] {
    const { size, backwards } = this.window;
    return [{ ...this.base, order: { ...this.order, backwards, after: this.after }, limit: size, withProducts: true }];
  }

  take([page]: readonly [IndexPage]): WalkPage | null {
    const { backwards, from } = this.window;
    // All that was found was deleted before it was read: an empty page has no cursor to go on from.
    if (page.matches.length === 0 && !page.ended) return null;
    const steps = page.matches.map(({ id, stored }) => this.step(id, stored as StoredProduct));
    if (backwards) return { steps: steps.reverse(), hasNextPage: from !== null, hasPreviousPage: !page.ended, total: page.total };
    return { steps, hasNextPage: !page.ended, hasPreviousPage: from !== null, total: page.total };
  }

  private step(id: string, stored: StoredProduct): Step {
    const position = () => ({ kind: "listing" as const, ...positionOf(stored.product, this.order.by) });
    return { id, stored, score: 0, similarity: null, signals: NO_SIGNALS, position };
  }
}
