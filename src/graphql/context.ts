import { setImmediate } from "node:timers/promises";
import DataLoader from "dataloader";
import type { Access } from "../domain/access.js";
import type { Encoder, PictureCopies, ProductIndex } from "../domain/ports.js";
import type { StoredProduct } from "../domain/product.js";
import type { IngestProducts } from "../ingest/ingest-products.js";
import type { ImportCatalogs } from "../jobs/import-catalogs.js";
import type { Logger } from "../log.js";
import type { SearchProducts } from "../search/search-products.js";
import type { SearchPage, SearchRequest } from "../search/search-request.js";
import type { Suggestion, Suggestions } from "../search/suggest/suggestions.js";
import type { IdempotentCalls } from "./idempotent-calls.js";

export interface Services {
  readonly search: SearchProducts;
  readonly ingest: IngestProducts;
  readonly imports: ImportCatalogs;
  readonly suggestions: Suggestions;
  readonly index: ProductIndex;
  readonly encoder: Encoder;
  readonly idempotent: IdempotentCalls;
  readonly log: Logger;
  /** Null where no copies of pictures are kept. */
  readonly copies: PictureCopies | null;
  /** The gateway's address for clients, without a slash at its end; null where it is the one a request came to. */
  readonly publicUrl: string | null;
}

/** Whom an operation comes from. */
export interface Caller {
  readonly requestId: string;
  readonly access: Access;
  /** Fires when the client has gone or the request has run out of time: what it asked for is no longer worth working on. */
  readonly signal: AbortSignal;
  /** Is given the code of each error that is answered, for the request's line in the log. */
  readonly errorCodes: string[];
}

export interface Context extends Caller {
  readonly services: Services;
  /** What the URLs of kept pictures begin with; null where none are kept. */
  readonly picturesUrl: string | null;
  /** Gathers all searches of one operation, so that they reach the index as one call. */
  readonly searches: DataLoader<SearchRequest, SearchPage>;
  readonly products: DataLoader<string, StoredProduct | null>;
  /** The same with their embeddings, which are most of what reading them costs. */
  readonly embeddedProducts: DataLoader<string, StoredProduct | null>;
  /** Gathers all of one operation, which are answered one after the other. */
  readonly suggestions: DataLoader<SuggestRequest, Suggestion[]>;
}

export interface SuggestRequest {
  readonly prefix: string;
  readonly first: number;
}

/** `origin` is where the request came to, such as `http://localhost:4000`; null where that cannot be told. */
export function createContext(services: Services, caller: Caller, origin: string | null): Context {
  return {
    services,
    ...caller,
    picturesUrl: services.copies && (services.publicUrl ?? origin),
    searches: new DataLoader((requests) => services.search.search(requests, caller), { cache: false }),
    products: new DataLoader((ids) => services.index.get(ids, false)),
    embeddedProducts: new DataLoader((ids) => services.index.get(ids)),
    suggestions: new DataLoader((asked) => suggestInTurns(services.suggestions, asked), { cache: false }),
  };
}

/** Each goes through much of the catalogue, and an operation may ask for a hundred: after each other requests have their turn. */
async function suggestInTurns(suggestions: Suggestions, asked: readonly SuggestRequest[]): Promise<Suggestion[][]> {
  const found: Suggestion[][] = [];
  for (const { prefix, first } of asked) {
    found.push(suggestions.suggest(prefix, first));
    await setImmediate();
  }
  return found;
}
