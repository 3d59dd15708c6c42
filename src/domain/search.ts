import type { Embedding } from "./embedding.js";
import type { StoredProduct } from "./product.js";

/** Both ends belong to a range; one that is left out is open. */
export interface FloatRange {
  readonly min?: number | null;
  readonly max?: number | null;
}

export interface PriceRange extends FloatRange {
  /** ISO 4217 code; without it amounts of all currencies are compared. */
  readonly currency?: string | null;
}

export interface AttributeFilter {
  readonly name: string;
  readonly in: readonly string[];
}

/** All given members must hold: of `ids`, `categories`, `brands` and an attribute's `in` any value, of `and` and `attributes` every entry. */
export interface ProductFilter {
  readonly and?: readonly ProductFilter[] | null;
  readonly or?: readonly ProductFilter[] | null;
  readonly not?: ProductFilter | null;
  readonly ids?: readonly string[] | null;
  /** A category stands for those in it too: `A` matches a product of `A/B`. */
  readonly categories?: readonly string[] | null;
  readonly brands?: readonly string[] | null;
  readonly inStock?: boolean | null;
  readonly price?: PriceRange | null;
  readonly attributes?: readonly AttributeFilter[] | null;
  readonly updatedAfter?: Date | null;
}

/** What each way of matching said of a hit, and the rank (from 1) it gave in its list; null where that list lacks it. */
export interface Signals {
  /** Cosine with the product's pictures, in [-1, 1]. */
  readonly image: number | null;
  /** Cosine with the product's words, in [-1, 1]. */
  readonly text: number | null;
  /** BM25 of the query's words; comparable within one answer of one index only. */
  readonly lexical: number | null;
  readonly imageRank: number | null;
  readonly textRank: number | null;
  readonly lexicalRank: number | null;
  /** What boosts multiplied the score by; null where there were none. */
  readonly boost: number | null;
  /** Put first by a pin, whatever its score. */
  readonly pinned: boolean;
}

export interface Hit extends StoredProduct {
  /** The number the page is ordered by; comparable within one answer only. */
  readonly score: number;
  /** The best cosine of the query with the product's embeddings; null for a lexical-only hit and in a listing. */
  readonly similarity: number | null;
  readonly signals: Signals;
}

/** AUTO is a wish only: an answer names the mode that was used. */
export type SearchMode = "AUTO" | "SEMANTIC" | "LEXICAL" | "HYBRID";

/** A hit stays when its cosine with its pictures, or that with its words, reaches the number given for it. */
export interface MinSimilarity {
  readonly image: number;
  readonly text: number;
}

export type TotalCountRelation = "EXACT" | "LOWER_BOUND" | "CANDIDATES";

export interface Total {
  readonly count: number;
  readonly relation: TotalCountRelation;
}

/** What results can be sorted by; RELEVANCE is the order of the matching itself, or of the ids in a listing. */
export type SortKey = "RELEVANCE" | "PRICE" | "TITLE" | "UPDATED_AT";

/** What a listing is ordered by. */
export type ListingKey = "ID" | "PRICE" | "TITLE" | "UPDATED_AT";

/** A place in a listing: right behind the product of this id and this key (null: it has none). */
export interface ListingPosition {
  readonly key: number | string | null;
  readonly id: string;
}

/** An order by a key: products without one last, equal keys by id. */
export interface Listing {
  readonly kind: "listing";
  readonly by: ListingKey;
  /** Turns the order of the keys; products without one stay last. */
  readonly reverse: boolean;
  /** Walks the whole order from its end. */
  readonly backwards: boolean;
  /** Where to go on, in that direction; null for its start. */
  readonly after: ListingPosition | null;
}

/**
 * What orders one list.
 * - `image`, `text`: by cosine with the products' embeddings of pictures or words, best first; products without the
 *   embedding are not in the list.
 * - `lexical`: by BM25 over title, brand, categories, attributes and description, best first; in the list is what holds at
 *   least one of the words. English stems count as the word; a word that the catalogue does not have stands for those at
 *   an edit distance of 1 (3 to 5 letters) or 2 (6 to 24); titles count more, and so does the whole phrase.
 * - a `Listing`: by a key.
 * Equal products stand by id in the order of UTF-8 bytes, also where the limit cuts a run of them.
 */
export type ListOrder =
  | { readonly kind: "image" | "text"; readonly embedding: Embedding }
  | { readonly kind: "lexical"; readonly words: readonly string[] }
  | Listing;

export type FacetField = "CATEGORY" | "BRAND" | "PRICE" | "IN_STOCK" | "ATTRIBUTE";

/** What to count products by. */
export interface FacetRequest {
  readonly field: FacetField;
  /** The attribute's name, for the field ATTRIBUTE. */
  readonly attribute?: string | null;
  /** Most buckets; given ranges are all counted. */
  readonly first?: number | null;
  /** For the field PRICE; computed unless given. */
  readonly ranges?: readonly FloatRange[] | null;
}

/**
 * One count of a facet. As an index gives it: `value` is a category or one that it lies in, a brand, `true` or `false`, an
 * attribute's value, the position (from 0) of a given price range, or the step of a computed one (`stepOf`) with the
 * least and greatest amount found in it. Products without a value are not counted.
 */
export interface FacetCount {
  readonly value: string;
  readonly count: number;
  readonly min: number | null;
  readonly max: number | null;
}

/** One list as an index is asked for it. Fusing lists, cutting, grouping and paging are not the index's job. */
export interface IndexQuery {
  readonly order: ListOrder;
  readonly filter: ProductFilter | null;
  readonly excludeIds: readonly string[];
  /** Most matches to return; 0 asks for the total and the facets alone. */
  readonly limit: number;
  /** Count all that is in the list too; it can cost as much as the search, so only when asked for. */
  readonly withTotal: boolean;
  /** Return the products with the matches. */
  readonly withProducts: boolean;
  /** Return their embeddings too; otherwise an index may leave them null. */
  readonly withEmbeddings: boolean;
  /** Count these over all that is in the list; asked of listings and lexical lists only. */
  readonly facets?: readonly FacetRequest[];
}

/** One match of one list. */
export interface Match {
  readonly id: string;
  /** Cosine in [-1, 1], BM25, or 0 in a listing. */
  readonly score: number;
  /** Whether the product has no embedding of the other kind, pictures or words; lists by cosine alone tell. */
  readonly lacksOther?: boolean;
  /** Null unless asked for. */
  readonly stored: StoredProduct | null;
}

export interface IndexPage {
  readonly matches: readonly Match[];
  /** True when nothing follows these matches. */
  readonly ended: boolean;
  /** Null unless asked for. */
  readonly total: Total | null;
  /** The counts of each facet that was asked for, in that order. */
  readonly facets?: readonly (readonly FacetCount[])[];
}

/** How deep each list is read before lists are fused; fixed, so that the order never depends on the page size. */
export const FUSION_DEPTH = 200;

/** How deep a single list is read where its best products are ranked anew. */
export const POOL_DEPTH = 1_000;

/** The deepest rank a single list can be paged to (OpenSearch's `index.max_result_window` default). */
export const MAX_RANK = 10_000;
