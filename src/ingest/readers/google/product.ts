import type { Attribute } from "../../../domain/product.js";
import { MAX_ATTRIBUTES, MAX_PICTURES } from "../../product-draft.js";
import { type CatalogLine, type RowOptions, toCatalogLine } from "../catalog-row.js";
import { categoryPath } from "../category-path.js";
import { htmlToText, nameToText } from "../html-text.js";

/** The attributes of one product as a feed gives them, each with all its values in order. */
export type GoogleAttributes = ReadonlyMap<string, readonly string[]>;

/** What becomes an attribute under its own name. Prices, shipping, tax and campaigns tell nothing of what a product is. */
const KEPT = [
  ...["color", "material", "pattern", "size", "size_type", "size_system", "gender", "age_group", "condition", "gtin", "mpn"],
  ...["product_highlight", "sale_price", "energy_efficiency_class"],
  ...[0, 1, 2, 3, 4].map((i) => `custom_label_${i}`),
];

/**
 * From support.google.com/merchants/answer/6324448, with the words of schema.org that it maps and those of Meta's catalogues; without the
 * spaces, hyphens and underscores by which their writings differ. What can only be ordered ahead is not in stock.
 */
const AVAILABLE: ReadonlyMap<string, boolean> = new Map(
  Object.entries({
    ...{ instock: true, limitedavailability: true, onlineonly: true },
    ...{ outofstock: false, soldout: false, discontinued: false, instoreonly: false },
    ...{ preorder: false, presale: false, backorder: false, availablefororder: false },
  }),
);

/** A product of the Google product data specification (support.google.com/merchants/answer/7052112). */
export function toGoogleLine(line: number, given: GoogleAttributes, options: RowOptions): CatalogLine {
  const all = (name: string): readonly string[] => given.get(name) ?? [];
  const first = (name: string): string | undefined => all(name)[0];
  const availability = first("availability");
  const available = availability?.toLowerCase().replace(/^https?:\/\/schema\.org\/|[\s_-]/g, "") ?? "";
  const taxonomy = first("google_product_category") ?? "";
  const isNumber = /^\d+$/.test(taxonomy.trim());
  const row = new Map<string, unknown>([
    ["id", first("id")],
    ["title", nameToText(first("title") ?? first("structured_title") ?? "")],
    ["description", htmlToText(first("description") ?? first("structured_description") ?? "")],
    ["categories", [...all("product_type"), isNumber ? "" : taxonomy].map((path) => categoryPath(nameToText(path)))],
    ["brand", nameToText(first("brand") ?? "")],
    ["price", first("price")],
    ["inStock", AVAILABLE.get(available) ?? availability],
    ["url", first("link")],
    ["images", [...all("image_link"), ...all("additional_image_link").flatMap(urls)].filter(Boolean).slice(0, MAX_PICTURES)],
    ["groupId", first("item_group_id")],
    // The number of a category is one more.
    ["attributes", attributes(all).slice(0, MAX_ATTRIBUTES - Number(isNumber))],
  ]);
  if (isNumber) row.set("google_product_category", taxonomy.trim());
  return toCatalogLine(line, row, options);
}

/**
 * Several URLs in one value: each begins behind a comma, or what else Meta takes, and may hold commas itself. The pattern tries a run of
 * them once.
 */
function urls(value: string): string[] {
  return value.split(/(?<![,;|\s])[,;|\s]+(?=https?:\/\/|$)/i);
}

function attributes(all: (name: string) => readonly string[]): Attribute[] {
  const kept = KEPT.flatMap((name) => parted(name, all(name)).map((value) => ({ name, value: value.trim() })));
  return [...kept.filter(({ value }) => value !== ""), ...details(all("product_detail"))];
}

/** Several colours, or materials, of one product are written `Red/Blue`. */
function parted(name: string, values: readonly string[]): readonly string[] {
  return name === "color" || name === "material" ? values.flatMap((value) => value.split("/")) : values;
}

/** `section:name:value`, the form of a text feed, in which the section may be empty. */
function details(values: readonly string[]): Attribute[] {
  return values.flatMap((detail) => {
    const [, name = "", value = ""] = /^[^:]*:([^:]*):(.*)$/s.exec(detail)?.map((part) => part.trim()) ?? [];
    return name && value ? [{ name, value }] : [];
  });
}
