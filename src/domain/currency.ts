import { badInput } from "./errors.js";

/** Whether a text has the form of an ISO 4217 code, in capitals or not. */
export function isCurrencyCode(text: string): boolean {
  return /^[a-z]{3}$/i.test(text);
}

/** Throws BAD_USER_INPUT unless `code` has the form of an ISO 4217 code, in capitals or not; `name` is the caller's name for it. */
export function checkCurrency(code: string, name: string, field?: readonly string[]): void {
  if (isCurrencyCode(code)) return;
  throw badInput(`${name} is ${JSON.stringify(code.slice(0, 80))}; give an ISO 4217 code such as EUR.`, field);
}
