import { badInput } from "./errors.js";

/**
 * Knows what ISO 4217 has and has had, by CLDR: also of metals, of funds, of no currency (XXX) and of days gone by. Not
 * `Intl.supportedValuesOf`, which has but what is money today, and would cost good rows.
 */
const NAMES = new Intl.DisplayNames("en", { type: "currency", fallback: "none" });
/** Looking one up takes some microseconds, and catalogues name the same few in millions of rows. */
const known = new Map<string, boolean>();

/** Whether a text is an ISO 4217 code, in capitals or not. */
export function isCurrencyCode(text: string): boolean {
  if (!/^[a-z]{3}$/i.test(text)) return false;
  const code = text.toUpperCase();
  const found = known.get(code) ?? NAMES.of(code) !== undefined;
  known.set(code, found);
  return found;
}

/** Throws BAD_USER_INPUT unless `code` is an ISO 4217 code, in capitals or not; `name` is the caller's name for it. */
export function checkCurrency(code: string, name: string, field?: readonly string[]): void {
  if (isCurrencyCode(code)) return;
  throw badInput(`${name} is ${JSON.stringify(code.slice(0, 80))}; give an ISO 4217 code such as EUR.`, field);
}
