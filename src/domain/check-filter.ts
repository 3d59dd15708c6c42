import { badInput } from "./errors.js";
import type { ProductFilter } from "./search.js";

const MAX_DEPTH = 8;
const MAX_VALUES = 1000;

/** Throws BAD_USER_INPUT for a filter that can only be a mistake: an empty list, min above max, nesting without end. */
export function checkFilter(filter: ProductFilter, path: readonly string[] = ["filter"]): void {
  if (path.length > MAX_DEPTH * 2) throw badInput(`A filter nests at most ${MAX_DEPTH} levels deep.`, path);
  for (const key of ["and", "or", "ids", "categories", "brands", "attributes"] as const) {
    checkList(filter[key], [...path, key]);
  }
  filter.and?.forEach((each, i) => checkFilter(each, [...path, "and", String(i)]));
  filter.or?.forEach((each, i) => checkFilter(each, [...path, "or", String(i)]));
  if (filter.not) checkFilter(filter.not, [...path, "not"]);
  filter.attributes?.forEach((each, i) => checkList(each.in, [...path, "attributes", String(i), "in"]));
  const { min, max } = filter.price ?? {};
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
