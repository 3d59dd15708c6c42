import { badInput } from "../../domain/errors.js";
import { jsonOrNull } from "../../domain/json-or-null.js";
import type { Attribute } from "../../domain/product.js";

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

const YES = new Set(["true", "yes", "y", "1", "in stock", "in_stock", "instock"]);
const NO = new Set(["false", "no", "n", "0", "out of stock", "out_of_stock", "outofstock"]);

/** A boolean, the usual words for one, or a count (in stock when above 0): shops write `12.5000`, and what is on backorder below 0. */
export function readBoolean(name: string, value: unknown): boolean | null {
  if (value === null || value === undefined) return null;
  if (typeof value === "boolean") return value;
  const word = String(value).trim().toLowerCase();
  if (word === "") return null;
  if (YES.has(word)) return true;
  if (NO.has(word)) return false;
  if (Number.isFinite(Number(word))) return Number(word) > 0;
  throw badInput(`\`${name}\` must be true or false, yes or no, or a count; got ${show(value)}.`, [name]);
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
    .filter((one) => one !== null && one !== undefined)
    .map((one: unknown) => {
      if (typeof one === "object") throw badInput(`The value of an attribute must be a text; got ${show(one)}.`, ["attributes", name]);
      return { name: name.trim(), value: typeof one === "number" ? numberText(name, one) : String(one).trim() };
    })
    .filter(({ value }) => value !== "");
}

function pairsOf(text: string, separator?: string): Attribute[] {
  return readList("attributes", text, separator).map((pair) => {
    const [, name, value] = /^([^:=]+)[:=](.*)$/s.exec(pair) ?? [];
    if (!name || value === undefined) throw badInput(`An attribute must be written name:value; got ${show(pair)}.`, ["attributes"]);
    return { name: name.trim(), value };
  });
}

/** Null for what is no list or object. */
function fromJson(text: string): unknown {
  return /^\s*[[{]/.test(text) ? jsonOrNull(text) : null;
}

/** A value as an error message can show it: short, on one line. */
export function show(value: unknown): string {
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
