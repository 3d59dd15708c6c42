import { badInput } from "../../../domain/errors.js";
import type { CatalogLine, RowOptions } from "../catalog-row.js";
import { type CatalogSource, readHead } from "../packed.js";
import { readTable } from "../table.js";
import { readFeedItems } from "./feed-items.js";
import { parseFeedItem } from "./feed-xml.js";
import { type GoogleAttributes, toGoogleLine } from "./product.js";

/** Room for what stands before the first product, with the declarations of the namespaces. */
const HEAD_BYTES = 16 * 1024;

const NAMESPACE = /\sxmlns:([\w.-]+)\s*=\s*["']http:\/\/base\.google\.com\/ns\/1\.0["']/;

/** Reads a Google product feed: XML (RSS 2.0 or Atom 1.0 with Google's namespace), or a text file with tabs. */
export async function* readGoogleFeed(source: CatalogSource, options: RowOptions): AsyncGenerator<CatalogLine> {
  const head = (await readHead(source, HEAD_BYTES)).toString("utf8").replace(/^\uFEFF/, "");
  if (!/^\s*</.test(head)) yield* readText(source, options);
  // The prefix of Google's elements is the one that the feed declares; nearly all take `g`.
  else yield* readXml(source, NAMESPACE.exec(head)?.[1] ?? "g", options);
}

async function* readXml(source: CatalogSource, prefix: string, options: RowOptions): AsyncGenerator<CatalogLine> {
  for await (const item of readFeedItems(source.open())) {
    const parsed = "error" in item ? item.error : parseFeedItem(item, prefix);
    yield parsed instanceof Error ? { line: item.line, error: parsed } : toGoogleLine(item.line, parsed, options);
  }
}

/** Attribute names may be written with spaces and capitals in a text feed, and with the names of their parts in brackets. */
async function* readText(source: CatalogSource, options: RowOptions): AsyncGenerator<CatalogLine> {
  const table = readTable(source.open(), {
    rename: (name) => name.toLowerCase().replaceAll(" ", "_").replace(PARTS, "$1"),
    check: (header) =>
      header.includes("id")
        ? null
        : badInput(`A product feed has the column "id"; this one has ${header.map((name) => `"${name}"`).join(", ")}.`),
  });
  for await (const record of table) {
    yield "error" in record ? record : toGoogleLine(record.line, attributesOf(record.row), options);
  }
}

/** The header of an attribute with the names of its parts, in the order in which they are read. */
const PARTS =
  /^(product_detail|structured_title|structured_description)\((?:section_name:attribute_name:attribute_value|digital_source_type:content)\)$/;

/** Attributes that may be given several times hold a list with commas in a text feed. */
const LISTS = new Set(["additional_image_link", "product_highlight", "product_detail", "product_type"]);

/** Of several URLs, whoever reads them finds where each begins: a comma may be in one. */
function isList(name: string, text: string): boolean {
  return LISTS.has(name) && !(name === "additional_image_link" && /^https?:/i.test(text));
}

function attributesOf(row: ReadonlyMap<string, string>): GoogleAttributes {
  return new Map([...row].map(([name, text]) => [name, isList(name, text) ? splitList(text) : contentOf(name, text)]));
}

/** A structured title or description is written `source:"content"`, of which the source may be missing. */
function contentOf(name: string, text: string): string[] {
  const content = name.startsWith("structured_") ? text.replace(/^\w*:\s*(?=")/, "").replace(/^"([\s\S]*)"$/, "$1") : text;
  return content === "" ? [] : [content];
}

/** Splits at commas, except inside quotes: `"Dresses, long",Summer`. */
function splitList(text: string): string[] {
  const parts = text.match(/"(?:[^"]|"")*"|[^,]+/g) ?? [];
  return parts
    .map((part) =>
      part
        .trim()
        .replace(/^"([\s\S]*)"$/, "$1")
        .replaceAll('""', '"')
        .trim(),
    )
    .filter(Boolean);
}
