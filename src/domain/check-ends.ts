import { badInput } from "./errors.js";
import type { FloatRange } from "./search.js";

/** Throws BAD_USER_INPUT for an end past every number, which GraphQL reads where `1e999` stands in a document and no index can compare with. */
export function checkEnds({ min, max }: FloatRange, path: readonly string[]): void {
  for (const [name, end] of Object.entries({ min, max })) {
    if (end != null && !Number.isFinite(end)) {
      throw badInput(`${path.join(".")}.${name} is ${end}; it must be a finite number. Leave it out for an open end.`, [...path, name]);
    }
  }
}
