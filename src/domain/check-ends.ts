import { badInput } from "./errors.js";
import type { FloatRange } from "./search.js";

/** Throws BAD_USER_INPUT for an infinite end: GraphQL reads `1e999` as one, and no index can compare with it. */
export function checkEnds({ min, max }: FloatRange, path: readonly string[]): void {
  for (const [name, end] of Object.entries({ min, max })) {
    if (end != null && !Number.isFinite(end)) {
      throw badInput(`${path.join(".")}.${name} is ${end}; it must be a finite number. Leave it out for an open end.`, [...path, name]);
    }
  }
}
