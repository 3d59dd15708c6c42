import type { Listing, ListingKey } from "../../domain/search.js";
import { titleTerm } from "./document.js";
import type { Target } from "./target.js";

/** A number beyond any amount. The server's own mark for a missing number is infinite, which JSON cannot carry. */
const BEYOND = Number.MAX_VALUE;

/** The field of each key in an index of our own. */
export const LISTING_FIELDS: Readonly<Record<Exclude<ListingKey, "ID">, string>> = {
  PRICE: "product.price.amount",
  TITLE: "title_key",
  UPDATED_AT: "product.updatedAt",
};

/** The members of a search body that order a listing and say where it goes on. */
export function listingOrder(order: Listing, target: Target): Record<string, unknown> {
  const { by, reverse, backwards, after } = order;
  const field = by === "ID" ? null : target.listingFields?.[by];
  const direction = (turned: boolean) => (turned ? "desc" : "asc");
  if (!field) {
    const sort = [{ [target.idField]: direction(by === "ID" ? reverse !== backwards : backwards) }];
    return { sort, ...(after && { search_after: [after.id] }) };
  }
  const missing = by === "TITLE" ? (backwards ? "_first" : "_last") : reverse ? -BEYOND : BEYOND;
  const keyless = by === "TITLE" ? null : missing;
  const key = typeof after?.key === "string" ? titleTerm(after.key) : (after?.key ?? keyless);
  return {
    sort: [
      { [field]: { order: direction(reverse !== backwards), ...(by !== "UPDATED_AT" && { missing }) } },
      { [target.idField]: direction(backwards) },
    ],
    ...(after && { search_after: [key, after.id] }),
  };
}
