import { badInput } from "../../../domain/errors.js";
import type { Attribute } from "../../../domain/product.js";
import { MAX_ATTRIBUTES, MAX_PICTURES } from "../../product-draft.js";
import { type CatalogLine, type RowOptions, toCatalogLine } from "../catalog-row.js";
import { categoryPath } from "../category-path.js";
import { htmlToText } from "../html-text.js";
import { readAmount } from "../price.js";
import { isColour, lookId, lookTitle, slug } from "../variants.js";

/** A row by the names of its columns: lower-case, and the older ones; metafields as in the file. */
export interface ShopifyRow {
  readonly line: number;
  readonly row: ReadonlyMap<string, string>;
}

interface Look {
  readonly colour: string | null;
  readonly variants: ShopifyRow[];
}

const SELL_ON = new Set(["continue", "true"]);
/** Those of 2021 and 2022 were called otherwise. */
const CATEGORIES = ["product category", "standard product type", "standardized product type", "type", "custom product type"];
/** Attributes that a feed for Google has too, by its names for them. */
const SHOPPING = ["gender", "age group"];
const STATUSES = new Set(["active", "draft", "archived", "unlisted"]);
/** `Fabric (product.metafields.shopify.fabric)` is an attribute of the product's. */
export const METAFIELD = /^(.*\S)\s*\((product\.metafields\.[^()]+)\)$/;

/** All rows of one handle as products, one for each colour; none where the product is not for sale. */
export function toShopifyLines(rows: readonly ShopifyRow[], options: RowOptions): CatalogLine[] {
  const [first] = rows;
  if (!first) return [];
  const main = rows.find(({ row }) => row.get("title"));
  if (!main) return [{ line: first.line, error: badInput(`No row of "${first.row.get("handle")}" has a Title.`, ["title"]) }];
  const status = main.row.get("status")?.toLowerCase() || "active";
  if (!STATUSES.has(status)) return [{ line: main.line, error: badInput(`Status "${status}" is none of ${[...STATUSES].join(", ")}.`) }];
  if (status !== "active" || main.row.get("published")?.toLowerCase() === "false") return [];
  const names = [1, 2, 3].map((i) => main.row.get(`option${i} name`) ?? "");
  const looks = looksOf(rows, names);
  const productPictures = pictures(rows, "image src");
  return looks.map((look) => {
    const own = pictures(look.variants, "variant image");
    const images = looks.length > 1 && own.length > 0 ? own : [...own, ...productPictures];
    return toLine(main, look, looks.length, { images, names }, options);
  });
}

/** Rows without an option hold only a further picture of the product. */
function looksOf(rows: readonly ShopifyRow[], names: readonly string[]): Look[] {
  const option = names.findIndex(isColour) + 1;
  const looks = new Map<string, Look>();
  for (const each of rows) {
    if (!each.row.get("option1 value") && looks.size > 0) continue;
    const colour = (option > 0 && each.row.get(`option${option} value`)) || null;
    const key = colour === null ? "" : slug(colour);
    const look = looks.get(key);
    if (look) look.variants.push(each);
    else looks.set(key, { colour, variants: [each] });
  }
  return [...looks.values()];
}

function toLine(
  main: ShopifyRow,
  { colour, variants }: Look,
  looks: number,
  { images, names }: { images: readonly string[]; names: readonly string[] },
  options: RowOptions,
): CatalogLine {
  const text = (name: string): string => main.row.get(name) ?? "";
  const handle = text("handle");
  const row = new Map<string, unknown>([
    ["id", lookId(handle, colour, looks)],
    ["title", lookTitle(text("title"), colour, looks)],
    ["description", htmlToText(text("body (html)"))],
    ["categories", CATEGORIES.map((name) => categoryPath(text(name)))],
    ["brand", text("vendor")],
    ["price", options.currency === undefined ? null : lowestPrice(variants)],
    ["inStock", inStock(variants)],
    ["images", images.slice(0, MAX_PICTURES)],
    ["groupId", handle],
    ["attributes", attributes(main, variants, names).slice(0, MAX_ATTRIBUTES)],
  ]);
  return toCatalogLine(variants[0]?.line ?? main.line, row, options);
}

/** The price to begin with; what is no number stays as it is, to be reported. */
function lowestPrice(variants: readonly ShopifyRow[]): string | undefined {
  const prices = variants.map(({ row }) => row.get("variant price") ?? "").filter(Boolean);
  return prices.find((price) => Number.isNaN(readAmount(price))) ?? prices.sort((a, b) => readAmount(a) - readAmount(b))[0];
}

/** True if any variant can be sold, false if none can, and else not known. */
function inStock(variants: readonly ShopifyRow[]): boolean | null {
  const each = variants.map(({ row }) => canBeSold(row));
  return each.includes(true) || (each.includes(null) ? null : false);
}

/** Null where Shopify does not count, having no tracker, and where the file does not say how many there are. */
function canBeSold(row: ShopifyRow["row"]): boolean | null {
  if (!row.get("variant inventory tracker")) return null;
  if (SELL_ON.has(row.get("variant inventory policy")?.toLowerCase() ?? "")) return true;
  const count = row.get("variant inventory qty");
  return count ? Number(count) > 0 : null;
}

function pictures(rows: readonly ShopifyRow[], column: string): string[] {
  const position = ({ row }: ShopifyRow): number =>
    (column === "image src" && Number(row.get("image position"))) || Number.MAX_SAFE_INTEGER;
  const sorted = [...rows].sort((a, b) => position(a) - position(b));
  return [...new Set(sorted.map(({ row }) => row.get(column) ?? "").filter(Boolean))];
}

/** Options, metafields, article numbers and tags, as pairs each. */
function attributes(main: ShopifyRow, variants: readonly ShopifyRow[], names: readonly string[]): Attribute[] {
  const pairs = (name: string, values: readonly string[]): Attribute[] => [...new Set(values)].map((value) => ({ name, value }));
  const valuesOf = (column: string): string[] => variants.map(({ row }) => row.get(column) ?? "").filter(Boolean);
  const optionPairs = names.flatMap((name, i) => {
    // A product without options has one called Title, with the value Default Title.
    if (name === "" || name.toLowerCase() === "title") return [];
    return pairs(name.toLowerCase(), valuesOf(`option${i + 1} value`));
  });
  // A metafield that an option is linked to has the values of all variants; those of these are the option's.
  const linked = names.map((_, i) => main.row.get(`option${i + 1} linked to`));
  const metafields = [...main.row].flatMap(([column, text]) => {
    const [, name, key] = METAFIELD.exec(column) ?? [];
    return name && !linked.includes(key) ? pairs(name, splitList(text, /[;\n]/)) : [];
  });
  const shopping = SHOPPING.flatMap((name) => {
    return pairs(name.replace(" ", "_"), [main.row.get(`google shopping / ${name}`) ?? ""].filter(Boolean));
  });
  // Before a number Shopify writes an apostrophe, which keeps spreadsheets from shortening it.
  const numbers = (column: string): string[] => valuesOf(column).map((value) => value.replace(/^'(?=\d+$)/, ""));
  return [
    ...optionPairs,
    ...metafields,
    ...shopping,
    ...pairs("sku", numbers("variant sku")),
    ...pairs("tag", splitList(main.row.get("tags"), /,/)),
    ...pairs("gtin", numbers("variant barcode")),
  ];
}

function splitList(text: string | undefined, separator: RegExp): string[] {
  return (text ?? "")
    .split(separator)
    .map((each) => each.trim())
    .filter(Boolean);
}
