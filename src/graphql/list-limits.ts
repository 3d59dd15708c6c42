import { badInput } from "../domain/errors.js";

/** The most that lists of the API may have: their resolvers check it, and the cost of an operation goes by it. */
export const MAX_IDS = 1000;
export const MAX_ERRORS = 1000;
export const MAX_SUGGESTIONS = 50;

/** Throws BAD_USER_INPUT for the list of an argument that is longer than `most`. */
export function checkArgumentLength(argument: string, { length }: readonly unknown[], most: number): void {
  if (length > most) throw badInput(`${length} ${argument} were given; at most ${most} are allowed.`, [argument]);
}
