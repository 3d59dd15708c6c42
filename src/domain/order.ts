import type { Product } from "./product.js";
import type { ListingKey, ListingPosition, Match } from "./search.js";
import { fold } from "./words.js";

/** Compares two strings as UTF-8 bytes do, which is how every index orders ids; < 0 when `a` comes first. */
export function compareUtf8(a: string, b: string): number {
  if (a === b) return 0;
  // Below the surrogates UTF-16 units order as code points do, so plain comparison is right nearly always.
  if (/[\ud800-\udfff]/.test(a) || /[\ud800-\udfff]/.test(b)) return Buffer.compare(Buffer.from(a), Buffer.from(b));
  return a < b ? -1 : 1;
}

/** The order of a list that is ranked: best first, equal ones by id. */
export function byScore(a: Match, b: Match): number {
  return b.score - a.score || compareUtf8(a.id, b.id);
}

/** What a listing orders a product by: amount, folded title, milliseconds since 1970, or nothing beside the id. */
export function listingKey(product: Product, by: ListingKey): number | string | null {
  switch (by) {
    case "PRICE":
      return product.price?.amount ?? null;
    case "TITLE":
      return fold(product.title) || null;
    case "UPDATED_AT":
      return product.updatedAt.getTime();
    case "ID":
      return product.id;
  }
}

/** Where a product stands in a listing. */
export function positionOf(product: Product, by: ListingKey): ListingPosition {
  return { key: listingKey(product, by), id: product.id };
}

/** The order of a listing: by key (turned by `reverse`), products without one last, equal keys by id. */
export function compareListed(a: ListingPosition, b: ListingPosition, reverse: boolean): number {
  if (a.key === null || b.key === null) return Number(a.key === null) - Number(b.key === null) || compareUtf8(a.id, b.id);
  return (reverse ? -1 : 1) * compareKeys(a.key, b.key) || compareUtf8(a.id, b.id);
}

function compareKeys(a: number | string, b: number | string): number {
  return typeof a === "number" && typeof b === "number" ? a - b : compareUtf8(String(a), String(b));
}
