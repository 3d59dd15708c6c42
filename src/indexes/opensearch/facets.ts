import { DEFAULT_BUCKETS } from "../../domain/facets.js";
import { PRICE_STEPS } from "../../domain/price-steps.js";
import type { FacetCount, FacetRequest, FloatRange } from "../../domain/search.js";
import { nameHash, valueOfKey } from "./document.js";
import type { Query } from "./filter-query.js";

const AMOUNT = "product.price.amount";
/** Values that each shard counts before they are added up: with fewer values than this the counts are exact. */
const SHARD_BUCKETS = 10_000;

interface Bucket {
  readonly key: string | number;
  readonly key_as_string?: string;
  readonly doc_count: number;
  readonly least?: { readonly value: number | null };
  readonly greatest?: { readonly value: number | null };
}

/** The answer to one aggregation: a list, or for given ranges an object by their positions. */
export interface RawAggregation {
  readonly buckets?: readonly Bucket[] | Readonly<Record<string, Bucket>>;
}

/** The aggregations that count facets, by the facet's position; null for no facets. */
export function aggregations(facets: readonly FacetRequest[]): Record<string, unknown> | null {
  return facets.length === 0 ? null : Object.fromEntries(facets.map((facet, i) => [String(i), aggregation(facet)]));
}

/** The counts of each facet, from the answers to its aggregation, which are named by the facet's position. */
export function parseFacets(facets: readonly FacetRequest[], answers: Readonly<Record<string, RawAggregation>>): FacetCount[][] {
  return facets.map((facet, i) => parseFacet(facet, answers[String(i)]?.buckets ?? []));
}

function aggregation({ field, attribute, first, ranges }: FacetRequest): Record<string, unknown> {
  const terms = (name: string, include?: string) => {
    const size = first ?? DEFAULT_BUCKETS;
    return { terms: { field: name, size, shard_size: Math.max(size, SHARD_BUCKETS), ...(include !== undefined && { include }) } };
  };
  switch (field) {
    case "CATEGORY":
      return terms("category_paths");
    case "BRAND":
      return terms("product.brand");
    case "IN_STOCK":
      return terms("product.inStock");
    case "ATTRIBUTE":
      return terms("attributes", `${nameHash(attribute as string)}.*`);
    case "PRICE":
      return ranges ? { filters: { filters: Object.fromEntries(ranges.map((range, i) => [String(i), within(range)])) } } : stepCounts();
  }
}

function within({ min, max }: FloatRange): Query {
  return { range: { [AMOUNT]: { ...(min != null && { gte: min }), ...(max != null && { lte: max }) } } };
}

/** A step begins with its lower bound and ends before its upper one, as the server's ranges do. */
function stepCounts(): Record<string, unknown> {
  const ranges = Array.from({ length: PRICE_STEPS.length + 1 }, (_, i) => ({
    key: String(i),
    ...(i > 0 && { from: PRICE_STEPS[i - 1] }),
    ...(i < PRICE_STEPS.length && { to: PRICE_STEPS[i] }),
  }));
  return { range: { field: AMOUNT, ranges }, aggs: { least: { min: { field: AMOUNT } }, greatest: { max: { field: AMOUNT } } } };
}

function parseFacet({ field, ranges }: FacetRequest, buckets: NonNullable<RawAggregation["buckets"]>): FacetCount[] {
  if (ranges && field === "PRICE") {
    const counts = buckets as Readonly<Record<string, Bucket>>;
    return ranges.map(({ min = null, max = null }, i) => ({ value: String(i), count: counts[String(i)]?.doc_count ?? 0, min, max }));
  }
  const found = (buckets as readonly Bucket[]).filter((each) => each.doc_count > 0);
  return found.map((each) => {
    const { key, key_as_string, doc_count, least, greatest } = each;
    const text = key_as_string ?? String(key);
    const value = field === "ATTRIBUTE" ? valueOfKey(text) : text;
    return { value, count: doc_count, min: least?.value ?? null, max: greatest?.value ?? null };
  });
}
