import type { Attribute } from "../../../domain/product.js";
import { MAX_ATTRIBUTES, MAX_PICTURES } from "../../product-draft.js";
import { type CatalogLine, type RowOptions, toCatalogLine } from "../catalog-row.js";
import { htmlToText } from "../html-text.js";
import { categoriesOf } from "./categories.js";
import type { MagentoLook } from "./groups.js";
import { splitPairs } from "./pairs.js";

/** What the shop's own machinery keeps among the attributes. */
const INTERNAL = new Set(["has_options", "required_options", "options_container", "gift_message_available", "quantity_and_stock_status"]);
const BRANDS = ["brand", "manufacturer"];

/** One row of a simple product, on behalf of all variants of its colour where it is a variant. */
export function toMagentoLine(
  line: number,
  given: ReadonlyMap<string, string>,
  look: MagentoLook | null,
  roots: ReadonlySet<string>,
  options: RowOptions,
): CatalogLine {
  const text = (name: string): string => given.get(name) ?? "";
  const said = (name: string): string => look?.said.get(name) ?? "";
  const images = pictures(text("base_image"), text("additional_images"));
  const more = splitPairs(text("additional_attributes"));
  const brand = more.find(([name]) => BRANDS.includes(name))?.[1] ?? BRANDS.map(text).find(Boolean);
  const row = new Map<string, unknown>([
    ["id", look?.id ?? text("sku")],
    ["title", look?.title ?? text("name")],
    ["description", htmlToText(text("description") || text("short_description"))],
    ["categories", categoriesOf(text("categories") || said("categories"), roots)],
    ["brand", brand],
    ["price", options.currency === undefined ? null : text("price")],
    ["inStock", look?.inStock ?? (text("is_in_stock") || text("qty"))],
    ["images", images.length > 0 ? images : pictures(said("base_image"), said("additional_images"))],
    ["groupId", look?.groupId],
    ["attributes", attributes(more, look).slice(0, MAX_ATTRIBUTES)],
  ]);
  return toCatalogLine(line, row, options);
}

/** Paths begin with `/` though they are relative to the folder of product pictures. A shop may separate values by a pipe. */
function pictures(main: string, more: string): string[] {
  const all = [main, ...more.split(/[,|]/)].map((path) => path.trim()).filter((path) => path !== "" && path !== "no_selection");
  return [...new Set(all)].map((path) => path.replace(/^\/+/, "")).slice(0, MAX_PICTURES);
}

/** A value of several is written `Gym|Hiking`, or `"Gym"|"Hiking"` where values are in quotes. The options of all variants take the place of this one's. */
function attributes(more: readonly [string, string][], look: MagentoLook | null): Attribute[] {
  const own = more.filter(([name]) => !INTERNAL.has(name) && !BRANDS.includes(name) && !look?.options.has(name));
  const pairs = own.flatMap(([name, values]) => values.split("|").map((value) => ({ name, value: value.trim() })));
  const varied = [...(look?.options ?? [])].flatMap(([name, values]) => [...values].map((value) => ({ name, value })));
  return [...varied, ...pairs];
}
