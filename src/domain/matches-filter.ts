import { allCategoryPaths, type Product } from "./product.js";
import type { PriceRange, ProductFilter } from "./search.js";

/** Whether a product passes a filter: what every index's own filter language has to agree with. An unknown value matches nothing. */
export function matchesFilter(product: Product, filter: ProductFilter): boolean {
  const { and, or, not, ids, categories, brands, inStock, price, attributes, updatedAfter } = filter;
  return (
    (and?.every((each) => matchesFilter(product, each)) ?? true) &&
    (or?.some((each) => matchesFilter(product, each)) ?? true) &&
    (!not || !matchesFilter(product, not)) &&
    (ids?.includes(product.id) ?? true) &&
    (!categories || allCategoryPaths(product).some((each) => categories.includes(each))) &&
    (!brands || (product.brand !== null && brands.includes(product.brand))) &&
    (inStock == null || product.inStock === inStock) &&
    (!price || matchesPrice(product, price)) &&
    (attributes?.every((each) => product.attributes.some((own) => own.name === each.name && each.in.includes(own.value))) ?? true) &&
    (!updatedAfter || product.updatedAt.getTime() > updatedAfter.getTime())
  );
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
