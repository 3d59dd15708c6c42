import type { Candidate } from "../domain/arrange.js";
import type { Position } from "../domain/cursor.js";
import type { IndexPage, IndexQuery, Total } from "../domain/search.js";

/** Which stretch of the results a page is. */
export interface Window {
  readonly size: number;
  /** Read from the end towards the start. */
  readonly backwards: boolean;
  /** Where to go on: behind it, or before it when read backwards; null at the start or the end. */
  readonly from: Position | null;
}

/** One result of a walk; its product is read later where the index did not send it along. */
export interface Step extends Candidate {
  /** Made only when a client wants its cursor. */
  readonly position: () => Position;
}

export interface WalkPage {
  /** In the order of the results, also when read backwards. */
  readonly steps: readonly Step[];
  readonly hasNextPage: boolean;
  readonly hasPreviousPage: boolean;
  readonly total: Total | null;
}

/** One search on its way to a page: it says what to ask the index, and takes the answers, until these suffice. */
export interface Walk {
  queries(): readonly IndexQuery[];
  /** The answers to the last `queries`, in order; null when there is more to ask. */
  take(pages: readonly IndexPage[]): WalkPage | null;
}
