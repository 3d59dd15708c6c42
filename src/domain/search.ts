import type { Embedding } from "./embedding.js";
import type { StoredProduct } from "./product.js";

export interface PriceRange {
  readonly min?: number | null;
  readonly max?: number | null;
  readonly currency?: string | null;
}

export interface AttributeFilter {
  readonly name: string;
  readonly in: readonly string[];
}

/** All given members must hold; a list holds when any of its values does. */
export interface ProductFilter {
  readonly and?: readonly ProductFilter[] | null;
  readonly or?: readonly ProductFilter[] | null;
  readonly not?: ProductFilter | null;
  readonly ids?: readonly string[] | null;
  readonly categories?: readonly string[] | null;
  readonly brands?: readonly string[] | null;
  readonly inStock?: boolean | null;
  readonly price?: PriceRange | null;
  readonly attributes?: readonly AttributeFilter[] | null;
  readonly updatedAfter?: Date | null;
}

/** What a hit's embeddings said: cosine in [-1, 1] and rank (from 1) in each list that holds it. */
export interface Signals {
  readonly image: number | null;
  readonly text: number | null;
  readonly imageRank: number | null;
  readonly textRank: number | null;
}

export interface Hit extends StoredProduct {
  /** The number the page is ordered by; comparable within one answer only. */
  readonly score: number;
  /** The best cosine of the query with the product's embeddings; null in a listing without a query. */
  readonly similarity: number | null;
  readonly signals: Signals;
}

export type TotalCountRelation = "EXACT" | "LOWER_BOUND" | "CANDIDATES";

/**
 * One search as an index takes it.
 * `image` alone: by cosine with the pictures' embeddings. `text` alone: with the words'. Both: each list to
 * `FUSION_DEPTH`, fused by rank. Neither: a listing of what passes the filter, by id.
 */
export interface IndexQuery {
  readonly image: Embedding | null;
  readonly text: Embedding | null;
  readonly filter: ProductFilter | null;
  readonly excludeIds: readonly string[];
  /** Hits whose best cosine is below it are left out. */
  readonly minSimilarity: number | null;
  readonly offset: number;
  readonly limit: number;
  /** Count the matches too; it can cost as much as the search, so only when asked for. */
  readonly withTotal: boolean;
  /** Return the embeddings with the hits; otherwise an index may leave them null. */
  readonly withEmbeddings: boolean;
}

export interface IndexPage {
  readonly hits: readonly Hit[];
  readonly hasMore: boolean;
  /** Null unless asked for. */
  readonly total: { readonly count: number; readonly relation: TotalCountRelation } | null;
}

/** How deep each list is read before two lists are fused; fixed, so that the order never depends on the page size. */
export const FUSION_DEPTH = 200;

/** The deepest rank a search without fusion can page to (OpenSearch's `index.max_result_window` default). */
export const MAX_RANK = 10_000;
