import type { PriceRange, ProductFilter } from "../../domain/search.js";
import { attributeKey } from "./schema.js";

/**
 * Clauses that stand in one row, at most. DataFusion goes down one call deeper for each clause of a row, and some 700 in a
 * row overflow its stack, which ends the process; but its parser takes 50 brackets in one another at most, so they are
 * not bracketed two by two either.
 */
const MOST_IN_A_ROW = 100;

/**
 * A string as an SQL literal. Doubling the quote is all the escaping that DataFusion's dialect has: a backslash stands
 * for itself there.
 */
export function quote(value: string): string {
  return `'${value.replaceAll("'", "''")}'`;
}

/** `column IN (…)` that is false, never null, where the column is null, so that NOT means what a reader expects. */
export function isIn(column: string, values: readonly string[]): string {
  return values.length === 0 ? "false" : `(${column} IS NOT NULL AND ${column} IN (${values.map(quote).join(", ")}))`;
}

/** The where clause of a filter; `true` for one that asks nothing. */
export function filterSql(filter: ProductFilter): string {
  const { and, or, not, ids, categories, brands, inStock, price, attributes, updatedAfter } = filter;
  const clauses: string[] = [];
  if (and) clauses.push(...and.map(filterSql));
  if (or) clauses.push(or.length === 0 ? "false" : joined(or.map(filterSql), "OR"));
  if (not) clauses.push(`NOT ${filterSql(not)}`);
  if (ids) clauses.push(isIn("id", ids));
  if (categories) clauses.push(hasAny("categories", categories));
  if (brands) clauses.push(isIn("brand", brands));
  if (inStock != null) clauses.push(`(in_stock IS NOT NULL AND in_stock = ${inStock ? 1 : 0})`);
  if (price) clauses.push(...priceSql(price));
  for (const { name, in: values } of attributes ?? []) {
    const keys = values.map((value) => attributeKey(name, value));
    clauses.push(hasAny("attributes", keys));
  }
  if (updatedAfter) clauses.push(`updated_at > ${number(updatedAfter.getTime())}`);
  return allOf(clauses);
}

/** Clauses joined by AND, in brackets where there are several; `true` for none. */
export function allOf(clauses: readonly string[]): string {
  return clauses.length === 0 ? "true" : joined(clauses, "AND");
}

/** One clause of one or more: a tree of rows, none of them long. */
function joined(clauses: readonly string[], operator: "AND" | "OR"): string {
  if (clauses.length === 1) return clauses[0] as string;
  if (clauses.length <= MOST_IN_A_ROW) return `(${clauses.join(` ${operator} `)})`;
  const rows: string[] = [];
  for (let i = 0; i < clauses.length; i += MOST_IN_A_ROW) rows.push(joined(clauses.slice(i, i + MOST_IN_A_ROW), operator));
  return joined(rows, operator);
}

function hasAny(column: string, values: readonly string[]): string {
  return values.length === 0 ? "false" : `array_has_any(${column}, [${values.map(quote).join(", ")}])`;
}

function priceSql({ min, max, currency }: PriceRange): string[] {
  const clauses: string[] = [];
  if (min != null) clauses.push(`price_amount >= ${number(min)}`);
  if (max != null) clauses.push(`price_amount <= ${number(max)}`);
  if (currency != null) clauses.push(`price_currency = ${quote(currency.toUpperCase())}`);
  return clauses.length === 0 ? [] : [`(price_currency IS NOT NULL AND ${clauses.join(" AND ")})`];
}

/** A float literal that is one whatever its size: an integer literal past 2^63 would not be a number to the parser. */
export function number(value: number): string {
  if (Number.isFinite(value)) return value.toExponential();
  throw new RangeError(`A filter compares with ${value}, which is no finite number.`);
}
