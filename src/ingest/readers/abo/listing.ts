import { badInput } from "../../../domain/errors.js";
import type { Attribute } from "../../../domain/product.js";
import { MAX_ATTRIBUTES, MAX_PICTURES } from "../../product-draft.js";
import { type CatalogDraft, type CatalogLine, type CatalogPicture, lineOf, toDraft } from "../catalog-row.js";
import { isText } from "../catalog-values.js";
import { htmlToText } from "../html-text.js";
import { parseJson } from "../ndjson.js";

export interface AboContext {
  /** The pictures that images.csv knows of these ids, in their order. */
  readonly picturesOf: (ids: readonly string[]) => CatalogPicture[];
  /** The language wanted, such as en_US. */
  readonly locale: string;
}

/** Fields that become attributes under their own names; some have a value for each language, some one for all. */
const ATTRIBUTES = [
  "color",
  "material",
  "style",
  "pattern",
  "fabric_type",
  "finish_type",
  "item_shape",
  "model_name",
  "model_number",
  "model_year",
];
const PLAIN = ["country", "marketplace", "domain_name"];
/** The word for "categories" that every path of a marketplace begins with. */
const ROOT = /^\/?(?:categor(?:ies|[ií]as|ie|ieën)|cat[ée]gories|kategorien)\/(?=.)/i;

/** One listing; a field that is not what the dataset has there is an error that names it. */
export function toAboLine(line: number, text: string, context: AboContext): CatalogLine {
  return lineOf(line, () => toAboDraft(parseJson(text), context));
}

function toAboDraft(listing: unknown, { picturesOf, locale }: AboContext): CatalogDraft {
  if (listing === null || typeof listing !== "object" || Array.isArray(listing)) {
    throw badInput("The line must hold one listing, a JSON object.");
  }
  const fields = new Map<string, unknown>(Object.entries(listing));
  const texts = (name: string): string[] => inLanguage(entriesOf(name, fields.get(name)), locale);
  const bullets = texts("bullet_point");
  // The README has a text here, and a `path` below; the files have lists and a `node_name`.
  const type = fields.get("product_type");
  const row = new Map<string, unknown>([
    ["id", fields.get("item_id")],
    ["title", texts("item_name")[0]],
    ["description", bullets.length > 0 ? bullets.join("\n") : htmlToText(texts("product_description").join("\n"))],
    ["categories", [...(isText(type) ? [type] : texts("product_type")), ...nodes(fields.get("node"))]],
    ["brand", texts("brand")[0]],
    ["attributes", attributes(fields, texts)],
  ]);
  const ids = [fields.get("main_image_id"), ...listOf("other_image_id", fields.get("other_image_id"))].filter(isText);
  const images = picturesOf([...new Set(ids)]).slice(0, MAX_PICTURES);
  return { ...toDraft(row), images };
}

interface Entry {
  readonly language: string;
  readonly value: string;
}

function listOf(name: string, value: unknown): readonly unknown[] {
  if (value === undefined || value === null) return [];
  if (Array.isArray(value)) return value;
  throw badInput(`\`${name}\` must be a list.`, [name]);
}

function entriesOf(name: string, value: unknown): Entry[] {
  return listOf(name, value).flatMap((entry) => {
    if (entry === null || typeof entry !== "object") throw badInput(`\`${name}\` must be a list of { language_tag, value }.`, [name]);
    const text = "value" in entry ? entry.value : null;
    const language = "language_tag" in entry ? String(entry.language_tag) : "";
    return isText(text) || typeof text === "number" ? [{ language, value: String(text).trim() }] : [];
  });
}

/** The values in the language nearest to the one wanted: itself, its kin (en_GB for en_US), English, or the first there is. */
function inLanguage(entries: readonly Entry[], locale: string): string[] {
  const kin = (language: string, other: string): boolean => language.slice(0, 2).toLowerCase() === other.slice(0, 2).toLowerCase();
  const order = [
    ({ language }: Entry) => language.toLowerCase() === locale.toLowerCase().replace("-", "_"),
    ({ language }: Entry) => kin(language, locale),
    ({ language }: Entry) => language === "en_US",
    ({ language }: Entry) => kin(language, "en"),
    () => true,
  ];
  const best = order.map((matches) => entries.find(matches)).find((entry) => entry !== undefined);
  return [...new Set(entries.filter(({ language }) => language === best?.language).map(({ value }) => value))];
}

/** `/Categories/Kitchen/Mugs` is the path `Kitchen/Mugs`. */
function nodes(value: unknown): string[] {
  return listOf("node", value).flatMap((node) => {
    const fields = new Map<string, unknown>(node !== null && typeof node === "object" ? Object.entries(node) : []);
    const name = fields.get("node_name") ?? fields.get("path");
    return isText(name) ? [name.trim().replace(ROOT, "").replace(/^\//, "")] : [];
  });
}

function attributes(fields: ReadonlyMap<string, unknown>, texts: (name: string) => string[]): Attribute[] {
  const pairs = (name: string, values: readonly string[]): Attribute[] => values.map((value) => ({ name, value }));
  const standard = listOf("color", fields.get("color")).flatMap((entry) =>
    entry !== null && typeof entry === "object" && "standardized_values" in entry ? listOf("color", entry.standardized_values) : [],
  );
  return [
    ...ATTRIBUTES.flatMap((name) => pairs(name, texts(name))),
    ...pairs("standard_color", [...new Set(standard.filter(isText))]),
    ...PLAIN.flatMap((name) => pairs(name, [fields.get(name)].filter(isText))),
    ...pairs("keyword", texts("item_keywords")),
  ].slice(0, MAX_ATTRIBUTES);
}
