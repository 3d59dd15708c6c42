import { badInput, LikenessError } from "../../domain/errors.js";
import { type CatalogLine, type RowOptions, toCatalogLine } from "./catalog-row.js";
import { readTable } from "./table.js";

/** Reads CSV with a header row. Without a delimiter it is taken from the header: tab, `,`, `;` or `|`. */
export async function* readCsv(
  chunks: AsyncIterable<Uint8Array>,
  options: RowOptions & { delimiter?: string } = {},
): AsyncGenerator<CatalogLine> {
  const { map, delimiter } = options;
  const check = (header: readonly string[]): LikenessError | null => checkHeader(header, map);
  for await (const record of readTable(chunks, { check, delimiter })) {
    if ("error" in record) yield record;
    else yield inColumn(toCatalogLine(record.line, record.row, { listSeparator: "|", ...options }), [...record.row.keys()], map);
  }
}

function checkHeader(header: readonly string[], map: RowOptions["map"]): LikenessError | null {
  const names = header.map((name) => `"${name}"`).join(", ");
  const id = map?.get("id") ?? "id";
  for (const name of [...(map?.values() ?? []), id]) {
    if (!header.includes(name)) {
      const cure = name === "id" ? "Rename the column that holds it, or name it: --map id=<column>." : "Check --map.";
      return badInput(`The header has no column "${name}". It has ${names}. ${cure}`);
    }
  }
  return null;
}

/** Says in which column a mistake is, counted from 1 as spreadsheets do. */
function inColumn(line: CatalogLine, header: readonly string[], map: RowOptions["map"]): CatalogLine {
  const field = "error" in line ? line.error.options.field?.[0] : undefined;
  if (!("error" in line) || field === undefined) return line;
  const column = header.indexOf(map?.get(field) ?? field);
  if (column === -1) return line;
  return { line: line.line, error: new LikenessError(line.error.code, `Column ${column + 1}: ${line.error.message}`, line.error.options) };
}
