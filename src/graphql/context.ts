import DataLoader from "dataloader";
import type { Encoder, ProductIndex } from "../domain/ports.js";
import type { StoredProduct } from "../domain/product.js";
import type { IngestProducts } from "../ingest/ingest-products.js";
import type { ImportCatalogs } from "../jobs/import-catalogs.js";
import type { Logger } from "../log.js";
import type { SearchProducts } from "../search/search-products.js";
import type { SearchPage, SearchRequest } from "../search/search-request.js";
import type { Suggestions } from "../search/suggest/suggestions.js";
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
}

export interface Context {
  readonly services: Services;
  readonly requestId: string;
  /** Gathers all searches of one operation, so that they reach the index as one call. */
  readonly searches: DataLoader<SearchRequest, SearchPage>;
  readonly products: DataLoader<string, StoredProduct | null>;
}

export function createContext(services: Services, requestId: string): Context {
  return {
    services,
    requestId,
    searches: new DataLoader((requests) => services.search.search(requests), { cache: false }),
    products: new DataLoader((ids) => services.index.get(ids)),
  };
}
