import type { ReadableIndex } from "./ports.js";
import type { StoredProduct } from "./product.js";
import type { Listing, ListingPosition } from "./search.js";

const PAGE_SIZE = 1000;

/** Every product of an index by id, without its embeddings. One written meanwhile may be missed, none comes twice. */
export async function* productPages(index: Pick<ReadableIndex, "search">): AsyncGenerator<readonly StoredProduct[]> {
  for (let after: ListingPosition | null = null; ; ) {
    const order: Listing = { kind: "listing", by: "ID", reverse: false, backwards: false, after };
    const query = { order, filter: null, excludeIds: [], limit: PAGE_SIZE, withTotal: false, withProducts: true, withEmbeddings: false };
    const [page] = await index.search([query]);
    if (!page || page instanceof Error) throw page;
    yield page.matches.flatMap(({ stored }) => stored ?? []);
    const last = page.matches.at(-1);
    if (page.ended || !last) return;
    after = { key: last.id, id: last.id };
  }
}
