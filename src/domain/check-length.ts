import { badInput } from "./errors.js";

/** Throws BAD_USER_INPUT for a text of more than `max` characters; `field` is the path to it. */
export function checkLength(text: string | null | undefined, max: number, field: readonly string[]): void {
  if (text && text.length > max) throw badInput(`${field.at(-1)} has ${text.length} characters; at most ${max} are allowed.`, field);
}

/** Throws BAD_USER_INPUT for a list of more than `max` entries; `field` is the path to it. */
export function checkCount(list: readonly unknown[] | null | undefined, max: number, field: readonly string[]): void {
  if (list && list.length > max) throw badInput(`${field.at(-1)} has ${list.length} entries; at most ${max} are allowed.`, field);
}
