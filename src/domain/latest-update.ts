import type { ReadableIndex } from "./ports.js";
import type { Listing } from "./search.js";

/** When a product of an index was last added or changed; null for an empty one. */
export async function latestUpdate(index: Pick<ReadableIndex, "search">): Promise<Date | null> {
  const order: Listing = { kind: "listing", by: "UPDATED_AT", reverse: true, backwards: false, after: null };
  const query = { order, filter: null, excludeIds: [], limit: 1, withTotal: false, withProducts: true, withEmbeddings: false };
  const [page] = await index.search([query]);
  if (!page || page instanceof Error) throw page;
  return page.matches[0]?.stored?.product.updatedAt ?? null;
}
