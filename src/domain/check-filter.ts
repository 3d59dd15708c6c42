import { checkEnds } from "./check-ends.js";
import { checkCurrency } from "./currency.js";
import { badInput } from "./errors.js";
import type { ProductFilter } from "./search.js";

/** Levels of filters in one another, the outermost included. */
const MAX_DEPTH = 8;
/** Values of one list. */
const MAX_VALUES = 1000;
/**
 * Conditions of a whole filter. OpenSearch takes 1,024 clauses in a search unless told otherwise (its
 * `indices.query.bool.max_clause_count`), makes up to three of one condition, and the words of the query are to fit too.
 */
const MAX_CONDITIONS = 300;
/** Values of all lists of a whole filter. */
const MAX_VALUES_IN_ALL = 10_000;
/** Characters of these values: each list of a search and each facet has an index read all of them once more. */
export const MAX_CHARS_IN_ALL = 200_000;

/**
 * Throws BAD_USER_INPUT for a filter that can only be a mistake (an empty list, min above max, a currency that is none, nesting
 * without end) or that would keep an index busy for long.
 */
export function checkFilter(filter: ProductFilter, path: readonly string[] = ["filter"]): void {
  checkLevel(filter, path, 1);
  checkSize(sizeOf(filter), path);
}

/** Throws BAD_USER_INPUT for a wrong filter of a boost, and where all filters have more than one may: each hit is held against all of them. */
export function checkBoostFilters(filters: readonly ProductFilter[]): void {
  filters.forEach((filter, i) => checkLevel(filter, ["boosts", String(i), "filter"], 1));
  checkSize(totalOf(filters.map(sizeOf)), ["boosts"]);
}

function checkSize({ conditions, values, chars }: FilterSize, path: readonly string[]): void {
  if (conditions > MAX_CONDITIONS) {
    throw badInput(
      `${path.join(".")} has ${conditions} conditions in all, nested ones included; at most ${MAX_CONDITIONS} are allowed. ` +
        "A list such as brands is one condition, however many values it has.",
      path,
    );
  }
  if (values > MAX_VALUES_IN_ALL) {
    throw badInput(`${path.join(".")} has ${values} values in all its lists; at most ${MAX_VALUES_IN_ALL} are allowed.`, path);
  }
  if (chars > MAX_CHARS_IN_ALL) {
    throw badInput(
      `${path.join(".")} has ${chars} characters in the values of all its lists, an attribute's name counted with each of its values; ` +
        `at most ${MAX_CHARS_IN_ALL} are allowed. Give fewer values, such as a category in place of those that lie in it.`,
      path,
    );
  }
}

function checkLevel(filter: ProductFilter, path: readonly string[], level: number): void {
  if (level > MAX_DEPTH) throw badInput(`A filter nests at most ${MAX_DEPTH} levels deep.`, path);
  for (const key of ["and", "or", "ids", "categories", "brands", "attributes"] as const) {
    checkList(filter[key], [...path, key]);
  }
  filter.and?.forEach((each, i) => checkLevel(each, [...path, "and", String(i)], level + 1));
  filter.or?.forEach((each, i) => checkLevel(each, [...path, "or", String(i)], level + 1));
  if (filter.not) checkLevel(filter.not, [...path, "not"], level + 1);
  filter.attributes?.forEach((each, i) => checkList(each.in, [...path, "attributes", String(i), "in"]));
  if (filter.price) checkEnds(filter.price, [...path, "price"]);
  const { min, max, currency } = filter.price ?? {};
  if (currency != null) checkCurrency(currency, `${path.join(".")}.price.currency`, [...path, "price", "currency"]);
  if (min != null && max != null && min > max) {
    throw badInput(`price.min is ${min}, above price.max ${max}: nothing can match.`, [...path, "price"]);
  }
}

function checkList(list: readonly unknown[] | null | undefined, path: readonly string[]): void {
  if (list?.length === 0) throw badInput(`${path.join(".")} is empty: leave it out, or give at least one value.`, path);
  if (list && list.length > MAX_VALUES) {
    throw badInput(`${path.join(".")} has ${list.length} values; at most ${MAX_VALUES} are allowed.`, path);
  }
}

interface FilterSize {
  readonly conditions: number;
  readonly values: number;
  readonly chars: number;
}

/** Every member but `and` and `or` is a condition, and so is every attribute. An empty filter counts as one: an index has to look at it too. */
function sizeOf({ and, or, not, attributes, ids, categories, brands, inStock, price, updatedAfter }: ProductFilter): FilterSize {
  const inner = totalOf([...(and ?? []), ...(or ?? []), ...(not ? [not] : [])].map(sizeOf));
  const lists = [ids, categories, brands, ...(attributes ?? []).map((each) => each.in)].filter((each) => each != null);
  const own = lists.length + [not, inStock, price, updatedAfter].filter((each) => each != null).length;
  // An index keeps an attribute as one text of its name and its value.
  const names = sumOf(attributes ?? [], (each) => each.name.length * each.in.length);
  return {
    conditions: Math.max(1, own + inner.conditions),
    values: sumOf(lists, (each) => each.length) + inner.values,
    chars: names + sumOf(lists, charsOf) + inner.chars,
  };
}

function totalOf(sizes: readonly FilterSize[]): FilterSize {
  return {
    conditions: sumOf(sizes, (each) => each.conditions),
    values: sumOf(sizes, (each) => each.values),
    chars: sumOf(sizes, (each) => each.chars),
  };
}

/** Characters of all texts of a list. */
export function charsOf(list: readonly string[]): number {
  return sumOf(list, (each) => each.length);
}

function sumOf<T>(list: readonly T[], of: (each: T) => number): number {
  return list.reduce((sum, each) => sum + of(each), 0);
}
