import { checkEnds } from "./check-ends.js";
import { badInput } from "./errors.js";
import type { FacetRequest } from "./search.js";

const MAX_FACETS = 20;
/** Of one facet. */
export const MAX_BUCKETS = 1000;
const MAX_RANGES = 50;

/** Throws BAD_USER_INPUT for facets that can only be a mistake. */
export function checkFacets(facets: readonly FacetRequest[]): void {
  if (facets.length > MAX_FACETS) throw badInput(`${facets.length} facets are asked for; at most ${MAX_FACETS} are allowed.`, ["facets"]);
  facets.forEach((facet, i) => checkFacet(facet, ["facets", String(i)]));
}

function checkFacet({ field, attribute, first, ranges }: FacetRequest, path: readonly string[]): void {
  if ((field === "ATTRIBUTE") !== (attribute != null && attribute !== "")) {
    const message =
      field === "ATTRIBUTE"
        ? "A facet of field ATTRIBUTE needs the attribute's name in attribute."
        : `A facet of field ${field} has no attribute: leave it out, or ask for field ATTRIBUTE.`;
    throw badInput(message, [...path, "attribute"]);
  }
  if (first != null && !(first >= 1 && first <= MAX_BUCKETS)) {
    throw badInput(`first is ${first}; 1 to ${MAX_BUCKETS} are allowed.`, [...path, "first"]);
  }
  if (!ranges) return;
  if (field !== "PRICE") throw badInput("Only a facet of field PRICE has ranges.", [...path, "ranges"]);
  if (ranges.length === 0 || ranges.length > MAX_RANGES) {
    throw badInput(`${ranges.length} ranges were given; 1 to ${MAX_RANGES} are allowed, and none to have them computed.`, [
      ...path,
      "ranges",
    ]);
  }
  ranges.forEach(({ min, max }, i) => {
    checkEnds({ min, max }, [...path, "ranges", String(i)]);
    if (min != null && max != null && min > max) {
      throw badInput(`min is ${min}, above max ${max}: nothing can be in it.`, [...path, "ranges", String(i)]);
    }
  });
}
