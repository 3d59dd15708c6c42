import { allCategoryPaths, type Product } from "./product.js";
import type { PriceRange, ProductFilter } from "./search.js";

/** A product as filters look at it: what they compare with is made once, however many conditions there are. */
export class FilteredProduct {
  private paths: readonly string[] | null = null;
  private values: ReadonlyMap<string, readonly string[]> | null = null;

  constructor(readonly product: Product) {}

  get categoryPaths(): readonly string[] {
    this.paths ??= allCategoryPaths(this.product);
    return this.paths;
  }

  valuesOf(attribute: string): readonly string[] {
    this.values ??= valuesByName(this.product);
    return this.values.get(attribute) ?? [];
  }
}

type Condition = (candidate: FilteredProduct) => boolean;

/**
 * Tells which products pass a filter: what every index's own filter language has to agree with. An unknown value matches nothing.
 * Made once for all products of a search: a list is searched as a set.
 */
export function matcherOf({ and, or, not, ids, categories, brands, inStock, price, attributes, updatedAfter }: ProductFilter): Condition {
  const conditions: Condition[] = and?.map(matcherOf) ?? [];
  if (or) {
    const any = or.map(matcherOf);
    conditions.push((candidate) => any.some((passes) => passes(candidate)));
  }
  if (not) {
    const passes = matcherOf(not);
    conditions.push((candidate) => !passes(candidate));
  }
  if (ids) {
    const wanted = new Set(ids);
    conditions.push(({ product }) => wanted.has(product.id));
  }
  if (categories) {
    const wanted = new Set(categories);
    conditions.push(({ categoryPaths }) => categoryPaths.some((each) => wanted.has(each)));
  }
  if (brands) {
    const wanted = new Set(brands);
    conditions.push(({ product: { brand } }) => brand !== null && wanted.has(brand));
  }
  for (const each of attributes ?? []) {
    const wanted = new Set(each.in);
    conditions.push((candidate) => candidate.valuesOf(each.name).some((value) => wanted.has(value)));
  }
  if (inStock != null) conditions.push(({ product }) => product.inStock === inStock);
  if (price) conditions.push(({ product }) => matchesPrice(product, price));
  if (updatedAfter) conditions.push(({ product }) => product.updatedAt.getTime() > updatedAfter.getTime());
  return (candidate) => conditions.every((holds) => holds(candidate));
}

function valuesByName({ attributes }: Product): Map<string, string[]> {
  const values = new Map<string, string[]>();
  for (const { name, value } of attributes) {
    const own = values.get(name);
    if (own) own.push(value);
    else values.set(name, [value]);
  }
  return values;
}

/** Both ends belong to the range; a range without any member asks nothing, not even that there is a price. */
function matchesPrice({ price }: Product, { min, max, currency }: PriceRange): boolean {
  if (min == null && max == null && currency == null) return true;
  if (!price) return false;
  return (
    (min == null || price.amount >= min) &&
    (max == null || price.amount <= max) &&
    (currency == null || price.currency === currency.toUpperCase())
  );
}
