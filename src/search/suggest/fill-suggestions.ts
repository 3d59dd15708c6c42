import type { ProductIndex } from "../../domain/ports.js";
import type { ListingPosition } from "../../domain/search.js";
import type { Suggestions } from "./suggestions.js";

const PAGE_SIZE = 1000;

/**
 * Learns the products that an index held before this process began, page by page. What is written meanwhile comes by
 * another way and is newer, so it is not overwritten. Ends early when aborted.
 */
export async function fillSuggestions(index: ProductIndex, suggestions: Suggestions, signal: AbortSignal): Promise<void> {
  for (let after: ListingPosition | null = null; !signal.aborted; ) {
    const order = { kind: "listing" as const, by: "ID" as const, reverse: false, backwards: false, after };
    const query = { order, filter: null, excludeIds: [], limit: PAGE_SIZE, withTotal: false, withProducts: true, withEmbeddings: false };
    const [page] = await index.search([query]);
    if (!page || page instanceof Error) throw page;
    for (const { id, stored } of page.matches) if (stored && !suggestions.has(id)) suggestions.put(stored.product);
    const last = page.matches.at(-1);
    if (page.ended || !last) return;
    after = { key: last.id, id: last.id };
  }
}
