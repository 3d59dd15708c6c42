import { badInput, LikenessError } from "../../domain/errors.js";
import { type CatalogLine, ROW_FIELDS } from "./catalog-row.js";
import { type CatalogOptions, type CatalogPart, openCatalog } from "./open-catalog.js";

/**
 * Reads a catalogue row by row, in any of the formats of `CatalogFormat`; nothing but ids is kept of the rows before.
 * Picture paths are relative to the file. Rows that are wrong, and ids that were there before, come as errors in their
 * place; it throws only when the catalogue itself cannot be read. `line` grows from row to row, always: over the files
 * of an archive or folder it counts on, and so it does where several rows share a line.
 */
export async function* readCatalog(file: string, options: CatalogOptions = {}): AsyncGenerator<CatalogLine> {
  const lineOf = new Map<string, number>();
  for await (const row of numberOn(await openCatalog(file, options))) {
    if (!("draft" in row)) {
      yield row;
      continue;
    }
    const { id } = row.draft;
    const before = lineOf.get(id);
    if (before === undefined) {
      lineOf.set(id, row.line);
      yield row;
    } else {
      const message = `The id "${id}" is on line ${before} already; this row is left out.`;
      yield { line: row.line, error: new LikenessError("BAD_USER_INPUT", message, { field: ["id"], id }) };
    }
  }
}

/** The rows of all parts, their lines counted on. A part that breaks off is one more error at its end. */
async function* numberOn(parts: readonly CatalogPart[]): AsyncGenerator<CatalogLine> {
  let last = 0;
  for (const { name, rows } of parts) {
    const before = last;
    const place = (line: number): string => (parts.length > 1 ? `${name}, line ${line}: ` : "");
    try {
      for await (const row of rows) {
        last = Math.max(before + row.line, last + 1);
        yield "draft" in row ? { line: last, draft: row.draft } : { line: last, error: prefixed(row.error, place(row.line)) };
      }
    } catch (error) {
      if (!(error instanceof LikenessError)) throw error;
      last += 1;
      yield { line: last, error: prefixed(error, place(last - before)) };
    }
  }
}

function prefixed(error: LikenessError, place: string): LikenessError {
  return place ? new LikenessError(error.code, `${place}${error.message}`, error.options) : error;
}

/** Reads `title=name,brand=maker` (our field = the file's column) as a map for `readCatalog`. */
export function parseMap(text: string): Map<string, string> {
  const known: readonly string[] = ROW_FIELDS;
  return new Map(
    text.split(",").map((pair) => {
      const [field, column, ...rest] = pair.split("=").map((part) => part.trim());
      if (!field || !column || rest.length > 0) throw badInput(`--map takes field=column,…; got "${pair}".`);
      if (!known.includes(field)) throw badInput(`--map knows no field "${field}". It knows ${known.join(", ")}.`);
      return [field, column];
    }),
  );
}
