import { Cursors } from "../../src/domain/cursor.js";
import type { Pictures, ProductIndex } from "../../src/domain/ports.js";
import { type Product, type StoredProduct, wordsOf } from "../../src/domain/product.js";
import { MemoryIndex } from "../../src/indexes/memory/memory-index.js";
import { type SearchOptions, SearchProducts } from "../../src/search/search-products.js";
import type { SearchPage, SearchRequest } from "../../src/search/search-request.js";
import { stored } from "../contract/catalogue.js";
import { embeddingOf, WordEncoder } from "./word-encoder.js";

/** Searches of one index by an encoder of words, without the network. */
export interface Shop {
  readonly index: ProductIndex;
  readonly encoder: WordEncoder;
  readonly search: SearchProducts;
  /** A page; throws the search's error. */
  readonly page: (request: Partial<SearchRequest>) => Promise<SearchPage>;
  readonly ids: (request: Partial<SearchRequest>) => Promise<string[]>;
}

/** More than any walk of the tests needs: one that goes round in circles must fail, not hang. */
const MAX_PAGES = 300;

const noPictures: Pictures = {
  fetch: async (url) => Buffer.from(decodeURIComponent(new URL(url).pathname.slice(1))),
  check: async () => {},
};

export async function openShop(
  products: readonly StoredProduct[],
  index: ProductIndex = new MemoryIndex(),
  options: SearchOptions = {},
): Promise<Shop> {
  const encoder = new WordEncoder();
  await index.ensureReady(encoder);
  await index.upsert(products);
  const search = new SearchProducts(encoder, index, noPictures, new Cursors("a secret of the tests"), options);
  const page = async (request: Partial<SearchRequest>): Promise<SearchPage> => {
    const size = request.last == null ? { first: 20 } : {};
    const [answer] = await search.search([{ ...size, withTotal: true, withEmbeddings: false, ...request }]);
    if (!answer || answer instanceof Error) throw answer;
    return answer;
  };
  return { index, encoder, search, page, ids: async (request) => idsOf(await page(request)) };
}

/** A product as this shop's encoder sees it: its words, and a picture of `picture` (its title unless given). */
export function shopProduct(id: string, over: Partial<Product> = {}, picture = over.title ?? id): StoredProduct {
  const plain = stored(id, { title: id, ...over });
  return { ...plain, imageEmbedding: embeddingOf(picture), textEmbedding: embeddingOf(wordsOf(plain.product) ?? id) };
}

export function idsOf(page: SearchPage): string[] {
  return page.hits.map(({ hit }) => hit.product.id);
}

/** Every page of a walk in order, forwards by `first` or backwards by `last`; `between` runs between two pages. */
export async function walk(shop: Shop, request: Partial<SearchRequest>, between?: () => Promise<void>): Promise<string[][]> {
  const pages: string[][] = [];
  let cursor: string | null = null;
  do {
    const from: Partial<SearchRequest> = request.last == null ? { after: cursor } : { before: cursor };
    const page: SearchPage = await shop.page({ ...request, ...from });
    pages.push(idsOf(page));
    if (pages.length > MAX_PAGES) throw new Error(`The walk did not end after ${MAX_PAGES} pages.`);
    const more = request.last == null ? page.hasNextPage : page.hasPreviousPage;
    cursor = more ? ((request.last == null ? page.hits.at(-1) : page.hits[0])?.cursor() ?? null) : null;
    await between?.();
  } while (cursor);
  return pages;
}
