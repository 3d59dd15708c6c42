import { checkCurrency, isCurrencyCode } from "../../domain/currency.js";
import { badInput, type LikenessError } from "../../domain/errors.js";
import type { Money } from "../../domain/product.js";
import { isText, show } from "./catalog-values.js";

/**
 * The currencies that a sign may stand for. One that several share tells nothing by itself, and so does not contradict the row's own
 * currency where that is one of them.
 */
const SIGNS: ReadonlyMap<string, readonly string[]> = new Map([
  ["€", ["EUR"]],
  ["£", ["GBP"]],
  ["₹", ["INR"]],
  ["₺", ["TRY"]],
  ["₽", ["RUB"]],
  ["₴", ["UAH"]],
  ["₪", ["ILS"]],
  ["zł", ["PLN"]],
  ["Kč", ["CZK"]],
  ["US$", ["USD"]],
  ["R$", ["BRL"]],
  ["$", ["USD", "CAD", "AUD", "NZD", "SGD", "HKD", "MXN"]],
  ["¥", ["JPY", "CNY"]],
  ["kr", ["SEK", "NOK", "DKK"]],
]);
/** Currencies whose smallest unit is a thousandth (ISO 4217). */
const THOUSANDTHS = new Set(["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"]);
/** A sign or code, a number with what may part its digits and `,-` for no cents, and a sign or code. */
const PRICE = /^([^\d\s.,'’()+-]{1,3})?\s*(-?[\d.,](?:[\d.,'’\s]*\d)?[.,]?[-–]?)\s*([^\d\s.,'’()+-]{1,3})?$/u;

/** A price: a number, `"12.99"`, `"12,99"`, `"12.99 EUR"`, `"EUR 12.99"`, `"€ 12,99"` or `{ amount, currency }`. */
export function readPrice(value: unknown, currency: string | undefined): Money | null {
  if (value === null || value === undefined) return null;
  if (typeof value === "object" && "amount" in value) {
    const own = "currency" in value ? value.currency : null;
    return money(value.amount, isText(own) ? own : currency, value);
  }
  if (typeof value === "number") return money(value, currency, value);
  if (typeof value === "string") {
    if (value.trim() === "") return null;
    const [, before, amount, after] = PRICE.exec(value.trim()) ?? [];
    const named = before ?? after;
    // Whoever names the currency beside the number writes as people do, of whom many part thousands by a point.
    if (/^-?\d{1,3}\.\d{3}$/.test(amount ?? "") && named !== undefined && !THOUSANDTHS.has(named.toUpperCase())) {
      throw ambiguous("point", value);
    }
    if (amount !== undefined) return money(amount, currencyOf(value, before, after, currency), value);
  }
  throw badInput(`\`price\` must be a number, such as 12.50 or "12,50 EUR", or { amount, currency }; got ${show(value)}.`, ["price"]);
}

/** The currency that a price names, which comes before the row's own; undefined where neither is there. */
function currencyOf(value: string, before: string | undefined, after: string | undefined, own: string | undefined): string | undefined {
  const sign = before ?? after;
  if (before && after && before.toUpperCase() !== after.toUpperCase()) {
    // `$12.50 USD`: the code tells which of the sign's it is.
    if (SIGNS.get(before)?.includes(after.toUpperCase())) return after;
    if (SIGNS.get(after)?.includes(before.toUpperCase())) return before;
    throw badInput(`The price ${show(value)} names two currencies. Give one.`, ["price"]);
  }
  if (sign === undefined || isCurrencyCode(sign)) return sign ?? own;
  const codes = SIGNS.get(sign) ?? [];
  if (codes.length === 1) return codes[0];
  if (own !== undefined && codes.includes(own.trim().toUpperCase())) return own;
  const known = codes.length > 0 ? `stands for ${codes.join(", ")} and others` : "is no sign of a currency that is known";
  throw badInput(`In the price ${show(value)}, ${show(sign)} ${known}. Write an ISO 4217 code such as EUR.`, ["price"]);
}

function ambiguous(mark: "comma" | "point", value: unknown): LikenessError {
  return badInput(`\`price\` is ${show(value)}, whose ${mark} may part thousands or decimals. Write two decimals: 1234.00 or 1.23.`, [
    "price",
  ]);
}

function money(amount: unknown, currency: string | undefined, value: unknown): Money {
  const number = typeof amount === "number" ? amount : isText(amount) ? numberOf(amount) : Number.NaN;
  if (isText(amount) && /^-?\d{1,3},\d{3}$/.test(amount.trim())) throw ambiguous("comma", value);
  if (!Number.isFinite(number) || number < 0) {
    throw badInput(`\`price\` must be a number of at least 0; got ${show(value)}.`, ["price"]);
  }
  if (currency === undefined) {
    throw badInput(
      `The price ${show(value)} has no currency. Add a \`currency\` to the row, or name one for all rows: --currency EUR, or the argument currency of importCatalog.`,
      ["price"],
    );
  }
  const code = currency.trim();
  checkCurrency(code, "currency", ["currency"]);
  return { amount: number, currency: code.toUpperCase() };
}

/** The number of a price, whatever its currency; NaN for none. */
export function readAmount(text: string): number {
  const amount = PRICE.exec(text.trim())?.[2];
  return amount === undefined ? Number.NaN : numberOf(amount);
}

/** What parts thousands, in the order in which it is tried; spaces and apostrophes do nothing else. */
const THOUSANDS = [
  /^(-?\d{1,3}(?:[\s'’]\d{3})+)(?:[.,](\d{1,2}))?$/,
  /^(-?\d{1,3}(?:\.\d{3})+),(\d{1,2})$/,
  /^(-?\d{1,3}(?:,\d{3})+)\.(\d{1,2})$/,
  // As India groups them: `1,29,999.00`.
  /^(-?\d{1,2}(?:,\d{2})+,\d{3})(?:\.(\d{1,2}))?$/,
];

/**
 * NaN for none. A comma is taken for what it is where it can be nothing else: `12,50`, `1.234,50`, `1,234.50` and `1,234,567`. `1,234`
 * may mean two numbers, so it is none; `1.234` is a number like any other.
 */
function numberOf(text: string): number {
  // No cents, so what parts thousands is told from it: `1.299,-` is 1299.
  const plain = text.trim().replace(/(?<=\d[.,])[-–]$/, "00");
  for (const parted of THOUSANDS) {
    const [, whole, cents = ""] = parted.exec(plain) ?? [];
    if (whole !== undefined) return Number(`${whole.replace(/[^\d-]/g, "")}.${cents}`);
  }
  if (/^-?\d{1,3}(?:(?:\.\d{3}){2,}|(?:,\d{3}){2,})$/.test(plain)) return Number(plain.replace(/[.,]/g, ""));
  if (/^-?\d+,\d{1,2}$/.test(plain)) return Number(plain.replace(",", "."));
  return /^-?(?:\d+\.?\d*|\.\d+)$/.test(plain) ? Number(plain) : Number.NaN;
}
