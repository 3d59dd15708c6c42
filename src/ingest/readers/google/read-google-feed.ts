import { badInput } from "../../../domain/errors.js";
import type { CatalogLine, RowOptions } from "../catalog-row.js";
import { type CatalogSource, readHead } from "../packed.js";
import { readTable } from "../table.js";
import { readFeedItems } from "./feed-items.js";
import { parseFeedItem } from "./feed-xml.js";
import { type GoogleAttributes, toGoogleLine } from "./product.js";

/** Reads a Google product feed: XML (RSS 2.0 or Atom 1.0 with Google's namespace), or a text file with tabs. */
export async function* readGoogleFeed(source: CatalogSource, options: RowOptions): AsyncGenerator<CatalogLine> {
  const head = await readHead(source, 1024);
  yield* /^\s*</.test(head.toString("utf8").replace(/^\uFEFF/, "")) ? readXml(source, options) : readText(source, options);
}

async function* readXml(source: CatalogSource, options: RowOptions): AsyncGenerator<CatalogLine> {
  for await (const item of readFeedItems(source.open())) {
    const parsed = "error" in item ? item.error : parseFeedItem(item);
    yield parsed instanceof Error ? { line: item.line, error: parsed } : toGoogleLine(item.line, parsed, options);
  }
}

/** Attribute names may be written with spaces and capitals in a text feed. */
async function* readText(source: CatalogSource, options: RowOptions): AsyncGenerator<CatalogLine> {
  const table = readTable(source.open(), {
    rename: (name) => name.toLowerCase().replaceAll(" ", "_"),
    check: (header) =>
      header.includes("id")
        ? null
        : badInput(`A product feed has the column "id"; this one has ${header.map((name) => `"${name}"`).join(", ")}.`),
  });
  for await (const record of table) {
    yield "error" in record ? record : toGoogleLine(record.line, attributesOf(record.row), options);
  }
}

/** Attributes that may be given several times hold a list with commas in a text feed. */
const LISTS = new Set(["additional_image_link", "product_highlight", "product_detail", "product_type"]);

function attributesOf(row: ReadonlyMap<string, string>): GoogleAttributes {
  return new Map([...row].map(([name, text]) => [name, LISTS.has(name) ? splitList(text) : text === "" ? [] : [text]]));
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
