import { compareUtf8 } from "./order.js";
import { mergeSteps, stepOf } from "./price-steps.js";
import { allCategoryPaths, type Product } from "./product.js";
import type { FacetCount, FacetRequest, ProductFilter } from "./search.js";

/** How many buckets a facet has unless its request says; price ranges that a request gives are all counted. */
export const DEFAULT_BUCKETS = 10;

/** What facets count of one product. */
export interface FacetValues {
  /** Its categories and all that they lie in. */
  readonly categoryPaths: readonly string[];
  readonly brand: string | null;
  readonly amount: number | null;
  readonly inStock: boolean | null;
  readonly valuesOf: (attribute: string) => readonly string[];
}

function facetValues(product: Product): FacetValues {
  return {
    categoryPaths: allCategoryPaths(product),
    brand: product.brand,
    amount: product.price?.amount ?? null,
    inStock: product.inStock,
    valuesOf: (attribute) => product.attributes.filter(({ name }) => name === attribute).map(({ value }) => value),
  };
}

interface Bucket {
  count: number;
  min: number | null;
  max: number | null;
}

/** Counts of one facet: each product once in every bucket that it belongs to. */
export class FacetCounter {
  private readonly counts = new Map<string, Bucket>();

  constructor(private readonly request: FacetRequest) {
    for (const [i, { min = null, max = null }] of (request.ranges ?? []).entries()) this.counts.set(String(i), { count: 0, min, max });
  }

  add(values: FacetValues): void {
    if (this.request.field === "PRICE") this.addAmount(values.amount);
    else for (const value of new Set(this.valuesOf(values))) this.bucket(value).count++;
  }

  result(): FacetCount[] {
    return [...this.counts].map(([value, bucket]) => ({ value, ...bucket }));
  }

  private valuesOf({ categoryPaths, brand, inStock, valuesOf }: FacetValues): readonly string[] {
    const { field, attribute } = this.request;
    if (field === "CATEGORY") return categoryPaths;
    if (field === "ATTRIBUTE") return valuesOf(attribute as string);
    const value = field === "BRAND" ? brand : inStock;
    return value === null ? [] : [String(value)];
  }

  private addAmount(amount: number | null): void {
    if (amount === null) return;
    if (this.request.ranges) {
      for (const bucket of this.counts.values()) if (amount >= (bucket.min ?? amount) && amount <= (bucket.max ?? amount)) bucket.count++;
      return;
    }
    const step = this.bucket(String(stepOf(amount)));
    step.count++;
    step.min = Math.min(step.min ?? amount, amount);
    step.max = Math.max(step.max ?? amount, amount);
  }

  private bucket(value: string): Bucket {
    const known = this.counts.get(value);
    if (known) return known;
    const made = { count: 0, min: null, max: null };
    this.counts.set(value, made);
    return made;
  }
}

/** The counts of each facet, as an index gives them. */
export function countFacets(requests: readonly FacetRequest[], products: Iterable<Product>): FacetCount[][] {
  const counters = requests.map((request) => new FacetCounter(request));
  for (const product of products) {
    const values = facetValues(product);
    for (const counter of counters) counter.add(values);
  }
  return counters.map((counter) => counter.result());
}

/**
 * The buckets of a facet as clients get them: values by count, equal ones by themselves; given price ranges as they were
 * given; computed ones by price. A filter by a bucket's value, or by its min and max, finds as many products as it counts.
 */
export function toBuckets(request: FacetRequest, counts: readonly FacetCount[]): FacetCount[] {
  const first = request.first ?? DEFAULT_BUCKETS;
  if (request.field !== "PRICE") return [...counts].sort((a, b) => b.count - a.count || compareUtf8(a.value, b.value)).slice(0, first);
  const inOrder = [...counts].sort((a, b) => Number(a.value) - Number(b.value));
  const ranges = request.ranges ? inOrder : mergeSteps(inOrder, first);
  return ranges.map((range) => ({ ...range, value: `${range.min ?? "*"}-${range.max ?? "*"}` }));
}

/**
 * A filter without its conditions on the facet's own field, so that the field's other values keep their counts. Only those at
 * the top or in `and` are left out: below `or` and `not` they mean something else. A price's currency stays: amounts of several
 * do not mix.
 */
export function withoutOwn(filter: ProductFilter, request: FacetRequest): ProductFilter {
  const { field, attribute } = request;
  const and = filter.and?.map((each) => withoutOwn(each, request)) ?? null;
  const rest = { ...filter, and };
  if (field === "CATEGORY") return { ...rest, categories: null };
  if (field === "BRAND") return { ...rest, brands: null };
  if (field === "IN_STOCK") return { ...rest, inStock: null };
  if (field === "PRICE") return { ...rest, price: filter.price?.currency ? { currency: filter.price.currency } : null };
  return { ...rest, attributes: filter.attributes?.filter(({ name }) => name !== attribute) ?? null };
}
