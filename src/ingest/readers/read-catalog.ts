import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { dirname, extname, resolve } from "node:path";
import { badInput } from "../../domain/errors.js";
import { type CatalogLine, ROW_FIELDS, type RowOptions } from "./catalog-row.js";
import { readCsv } from "./csv.js";
import { readNdjson } from "./ndjson.js";

/**
 * Reads a catalogue file row by row, by its ending: NDJSON, CSV or TSV. Picture paths are relative to the file. Rows that
 * are wrong, and ids that were there before in the same file, come as errors in their place; it throws only when the file
 * itself cannot be read.
 */
export async function* readCatalog(file: string, options: Pick<RowOptions, "map" | "currency"> = {}): AsyncGenerator<CatalogLine> {
  const read = readerOf(file);
  const found = await stat(file).catch(() => null);
  if (!found?.isFile()) throw badInput(`There is no file ${file}.`);
  const folder = dirname(resolve(file));
  const rows = read(createReadStream(file), { ...options, resolvePath: (path) => resolve(folder, path) });
  const firstLineOf = new Map<string, number>();
  for await (const row of rows) {
    if ("error" in row) {
      yield row;
      continue;
    }
    const { id } = row.draft;
    const before = firstLineOf.get(id);
    if (before === undefined) {
      firstLineOf.set(id, row.line);
      yield row;
    } else {
      yield { line: row.line, error: badInput(`The id "${id}" is on line ${before} already; this row is left out.`, ["id"]) };
    }
  }
}

type Reader = (chunks: AsyncIterable<Uint8Array>, options: RowOptions) => AsyncGenerator<CatalogLine>;

function readerOf(file: string): Reader {
  const ending = extname(file).toLowerCase();
  switch (ending) {
    case ".ndjson":
    case ".jsonl":
      return readNdjson;
    case ".csv":
      return readCsv;
    case ".tsv":
    case ".tab":
      return (chunks, options) => readCsv(chunks, { ...options, delimiter: "\t" });
    case ".json":
      throw badInput(`${file} is JSON; one object a line is needed. Make it so: jq -c '.[]' ${file} > catalogue.ndjson`);
    default:
      throw badInput(`A catalogue is a .ndjson, .jsonl, .csv or .tsv file; got "${file}".`);
  }
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
