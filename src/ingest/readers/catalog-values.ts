import { checkCurrency, isCurrencyCode } from "../../domain/currency.js";
import { badInput, type LikenessError } from "../../domain/errors.js";
import type { Attribute, Money } from "../../domain/product.js";

/** True for a string that says something. */
export function isText(value: unknown): value is string {
  return typeof value === "string" && value.trim() !== "";
}

/** A text, trimmed; numbers count, since catalogues write ids as numbers. Null when there is none. */
export function readText(name: string, value: unknown): string | null {
  if (value === null || value === undefined) return null;
  if (typeof value === "string") return value.trim() || null;
  if (typeof value === "number" && Number.isFinite(value)) return numberText(name, value);
  throw badInput(`\`${name}\` must be a text; got ${show(value)}.`, [name]);
}

/** Past 2⁵³ a number of JSON is read as another one near it, so that two ids could become one. Throws BAD_USER_INPUT for those. */
export function numberText(name: string, value: number): string {
  if (!Number.isInteger(value) || Number.isSafeInteger(value)) return String(value);
  throw badInput(`\`${name}\` is a number of more digits than can be read exactly, near ${value}. Write it in quotes.`, [name]);
}

/** The texts of a list, of one text, or of one text with separators; empty ones are left out. */
export function readList(name: string, value: unknown, separator?: string): string[] {
  const values: unknown[] = Array.isArray(value) ? value : typeof value === "string" && separator ? value.split(separator) : [value];
  return values.map((one) => readText(name, one)).filter((one) => one !== null);
}

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

const YES = new Set(["true", "yes", "y", "1", "in stock", "in_stock", "instock"]);
const NO = new Set(["false", "no", "n", "0", "out of stock", "out_of_stock", "outofstock"]);

/** A boolean, the usual words for one, or a count (in stock when above 0): shops write `12.5000`, and what is on backorder below 0. */
export function readBoolean(name: string, value: unknown): boolean | null {
  if (value === null || value === undefined || value === "") return null;
  if (typeof value === "boolean") return value;
  const word = String(value).trim().toLowerCase();
  if (word === "") return null;
  if (YES.has(word)) return true;
  if (NO.has(word)) return false;
  if (Number.isFinite(Number(word))) return Number(word) > 0;
  throw badInput(`\`${name}\` must be true or false; got ${show(value)}.`, [name]);
}

/** Finite numbers in a list, a JSON list in a text, or a text with separators. Its length is the index's business. */
export function readEmbedding(value: unknown, separator?: string): Float64Array | null {
  if (value instanceof Float64Array) return value;
  if (value === null || value === undefined || (typeof value === "string" && value.trim() === "")) return null;
  const parsed = typeof value === "string" ? (fromJson(value) ?? value.split(separator ?? ",").map(toNumber)) : value;
  if (Array.isArray(parsed) && parsed.length > 0 && parsed.every((one) => Number.isFinite(one))) return new Float64Array(parsed);
  throw badInput(`\`embedding\` must be a list of finite numbers; got ${show(value)}.`, ["embedding"]);
}

/** An empty text is no number, though `Number("")` is 0. */
function toNumber(text: string): number {
  return text.trim() === "" ? Number.NaN : Number(text);
}

/** Attributes as `{ name: value }`, `[{ name, value }]`, either as JSON in a text, or `name:value|name:value`. */
export function readAttributes(value: unknown, separator?: string): Attribute[] {
  if (value === null || value === undefined || (typeof value === "string" && value.trim() === "")) return [];
  const parsed = typeof value === "string" ? (fromJson(value) ?? pairsOf(value, separator)) : value;
  if (parsed === null || typeof parsed !== "object") {
    throw badInput(`\`attributes\` must be an object or a list of { name, value }; got ${show(value)}.`, ["attributes"]);
  }
  if (!Array.isArray(parsed)) return Object.entries(parsed).flatMap(([name, one]) => attributesOf(name, one));
  return parsed.flatMap((pair: unknown) => {
    if (pair === null || typeof pair !== "object" || !("name" in pair) || !isText(pair.name)) {
      throw badInput(`An attribute must have a name and a value; got ${show(pair)}.`, ["attributes"]);
    }
    return attributesOf(pair.name, "value" in pair ? pair.value : null);
  });
}

/** One attribute for each value; none for a value that is missing or empty. */
function attributesOf(name: string, value: unknown): Attribute[] {
  return (Array.isArray(value) ? value : [value])
    .filter((one) => one !== null && one !== undefined && one !== "")
    .map((one: unknown) => {
      if (typeof one === "object") throw badInput(`The value of an attribute must be a text; got ${show(one)}.`, ["attributes", name]);
      return { name: name.trim(), value: typeof one === "number" ? numberText(name, one) : String(one).trim() };
    });
}

function pairsOf(text: string, separator?: string): { name: string; value: string }[] {
  return readList("attributes", text, separator).map((pair) => {
    const [, name, value] = /^([^:=]+)[:=](.*)$/s.exec(pair) ?? [];
    if (!name || value === undefined) throw badInput(`An attribute must be written name:value; got ${show(pair)}.`, ["attributes"]);
    return { name: name.trim(), value };
  });
}

function fromJson(text: string): unknown {
  if (!/^\s*[[{]/.test(text)) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A value as an error message can show it: short, on one line. */
function show(value: unknown): string {
  const text = toJson(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}

/** JSON.parse reads lists in lists deeper than JSON.stringify can write them. */
function toJson(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    return Array.isArray(value) ? "[…]" : "{…}";
  }
}
