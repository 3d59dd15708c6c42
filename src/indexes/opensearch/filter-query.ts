import type { PriceRange, ProductFilter } from "../../domain/search.js";
import { attributeKey } from "./document.js";

/** A query of the server's language. */
export type Query = Readonly<Record<string, unknown>>;

/** The query of a filter; it scores nothing. `byIds` is how the index finds products by id. */
export function filterQuery(filter: ProductFilter, byIds: (ids: readonly string[]) => Query): Query {
  const { and, or, not, ids, categories, brands, inStock, price, attributes, updatedAfter } = filter;
  const inner = (each: ProductFilter) => filterQuery(each, byIds);
  const clauses: Query[] = [];
  if (and) clauses.push(...and.map(inner));
  if (or) clauses.push(anyOf(or.map(inner)));
  if (not) clauses.push(noneOf([inner(not)]));
  if (ids) clauses.push(byIds(ids));
  if (categories) clauses.push({ terms: { category_paths: categories } });
  if (brands) clauses.push({ terms: { "product.brand": brands } });
  if (inStock != null) clauses.push({ term: { "product.inStock": inStock } });
  if (price) clauses.push(...priceQueries(price));
  for (const each of attributes ?? []) {
    clauses.push({ terms: { attributes: each.in.map((value) => attributeKey(each.name, value)) } });
  }
  if (updatedAfter) clauses.push({ range: { "product.updatedAt": { gt: updatedAfter.getTime(), format: "epoch_millis" } } });
  return allOf(clauses);
}

export function allOf(clauses: readonly Query[]): Query {
  if (clauses.length === 1) return clauses[0] as Query;
  return clauses.length === 0 ? { match_all: {} } : { bool: { filter: clauses } };
}

export function noneOf(clauses: readonly Query[]): Query {
  return { bool: { must_not: clauses } };
}

function anyOf(clauses: readonly Query[]): Query {
  return clauses.length === 0 ? { match_none: {} } : { bool: { should: clauses, minimum_should_match: 1 } };
}

function priceQueries({ min, max, currency }: PriceRange): Query[] {
  const bounds = { ...(min != null && { gte: min }), ...(max != null && { lte: max }) };
  const queries: Query[] = [];
  if (Object.keys(bounds).length > 0) queries.push({ range: { "product.price.amount": bounds } });
  if (currency != null) queries.push({ term: { "product.price.currency": currency.toUpperCase() } });
  return queries;
}
