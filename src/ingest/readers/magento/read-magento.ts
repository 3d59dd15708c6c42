import { badInput } from "../../../domain/errors.js";
import type { CatalogLine, RowOptions } from "../catalog-row.js";
import type { CatalogSource } from "../packed.js";
import { readTable, type TableRow } from "../table.js";
import { isSold, readMagentoGroups } from "./groups.js";
import { toMagentoLine } from "./product.js";

/** The most products that list one article as their variant: its row is read for each of them. */
const MAX_LOOKS = 100;

/**
 * Reads a product CSV of Magento 2 / Adobe Commerce (experienceleague.adobe.com, "Data transfer: product attributes").
 * Read twice, since an export has variants before the configurable product that lists them: once for the groups, once
 * for the products. The variants of one colour become one product, and all of a configurable product one group.
 */
export async function* readMagento(source: CatalogSource, options: RowOptions): AsyncGenerator<CatalogLine> {
  const groups = await readMagentoGroups(rowsOf(source));
  const done = new Set<string>();
  for await (const record of rowsOf(source)) {
    if ("error" in record) {
      yield record;
      continue;
    }
    const sku = record.row.get("sku") ?? "";
    const looks = groups.looksOf(sku);
    if (sku === "") yield { line: record.line, error: badInput("The row has no sku.", ["id"]) };
    else if (!isSold(record.row) || groups.isParent(sku)) continue;
    else if (looks.length === 0 && isHidden(record.row)) {
      if (groups.isOfUnsold(sku)) continue;
      const message = `"${sku}" is not visible individually, and no configurable product lists it as its variant.`;
      yield { line: record.line, error: badInput(message, ["id"]) };
    } else if (looks.length > MAX_LOOKS) {
      yield { line: record.line, error: badInput(`"${sku}" is a variant of ${looks.length} products; the most is ${MAX_LOOKS}.`, ["id"]) };
    } else if (looks.length === 0) yield toMagentoLine(record.line, record.row, null, groups.roots, options);
    else {
      for (const look of looks) {
        if (done.has(look.id)) continue;
        const line = toMagentoLine(record.line, record.row, look, groups.roots, options);
        if ("draft" in line) done.add(look.id);
        yield line;
      }
    }
  }
}

/** Rows of one store view hold only what differs there from the row of all, so they are passed over. */
async function* rowsOf(source: CatalogSource): AsyncGenerator<TableRow> {
  const check = (header: readonly string[]) =>
    header.includes("sku") ? null : badInput('Magento\'s CSV has a column "sku"; this one has none.');
  for await (const record of readTable(source.open(), { check })) {
    if ("error" in record || !record.row.get("store_view_code")) yield record;
  }
}

function isHidden(row: ReadonlyMap<string, string>): boolean {
  return row.get("visibility") === "Not Visible Individually";
}
