import { badInput } from "../../../domain/errors.js";
import type { CatalogLine, RowOptions } from "../catalog-row.js";
import type { CatalogSource } from "../packed.js";
import { readTable } from "../table.js";
import { METAFIELD, type ShopifyRow, toShopifyLines } from "./product.js";

/** The most rows of one handle: 2,048 variants and 250 pictures, and room to grow. */
const MAX_ROWS = 10_000;

/** Shopify's newer names → the older ones; both kinds of file are about. */
const RENAMED: Readonly<Record<string, string>> = {
  "url handle": "handle",
  description: "body (html)",
  sku: "variant sku",
  barcode: "variant barcode",
  price: "variant price",
  "inventory quantity": "variant inventory qty",
  "inventory tracker": "variant inventory tracker",
  "continue selling when out of stock": "variant inventory policy",
  "product image url": "image src",
  "variant image url": "variant image",
  "published on online store": "published",
};

/**
 * Reads a product CSV of Shopify (help.shopify.com/en/manual/products/import-export/using-csv). The rows of a handle
 * follow each other; its variants of one colour become one product, and all of them one group.
 */
export async function* readShopify(source: CatalogSource, options: RowOptions): AsyncGenerator<CatalogLine> {
  const table = readTable(source.open(), {
    rename: (name) => (METAFIELD.test(name) ? name : (RENAMED[name.toLowerCase()] ?? name.toLowerCase())),
    check: (header) =>
      header.includes("handle")
        ? null
        : badInput(`Shopify's CSV has a column "Handle"; this one has ${header.map((name) => `"${name}"`).join(", ")}.`),
  });
  /** Of the rows before; a row without a title before all others of its handle must not cost these too. */
  const handles = new Set<string>();
  let handle: string | null = null;
  let rows: ShopifyRow[] = [];
  let wrong: CatalogLine[] = [];
  const finish = (): CatalogLine[] => {
    const lines = rows.length > 0 ? [...toShopifyLines(rows, options), ...wrong] : wrong;
    rows = [];
    wrong = [];
    return lines.sort((a, b) => a.line - b.line);
  };
  for await (const record of table) {
    if ("error" in record) {
      wrong.push(record);
      continue;
    }
    const name = record.row.get("handle") ?? "";
    if (name === "") wrong.push({ line: record.line, error: badInput("The row has no Handle.", ["id"]) });
    else if (name === handle && rows.length === MAX_ROWS) {
      wrong.push({ line: record.line, error: badInput(`"${name}" has more than ${MAX_ROWS} rows.`) });
    } else {
      if (name !== handle) yield* finish();
      handle = name;
      if (rows.length > 0 || !handles.has(name)) rows.push(record);
      else
        wrong.push({
          line: record.line,
          error: badInput(`The rows of "${name}" do not follow each other: sort the file by its handles.`, ["id"]),
        });
      if (record.row.get("title")) handles.add(name);
    }
  }
  yield* finish();
}
