import { createReadStream } from "node:fs";
import { open, stat } from "node:fs/promises";
import { dirname, extname, resolve } from "node:path";
import { createGunzip } from "node:zlib";
import { badInput } from "../../domain/errors.js";
import type { CatalogFormat } from "../../domain/jobs.js";
import { type CatalogLine, ROW_FIELDS, type RowOptions } from "./catalog-row.js";
import { readCsv } from "./csv.js";
import { readNdjson } from "./ndjson.js";

export interface CatalogOptions extends Pick<RowOptions, "map" | "currency"> {
  readonly format?: CatalogFormat;
}

/**
 * Reads a catalogue file row by row, by its ending: NDJSON, CSV or TSV. Picture paths are relative to the file. Rows that
 * are wrong, and ids that were there before in the same file, come as errors in their place; it throws only when the file
 * itself cannot be read.
 */
export async function* readCatalog(file: string, options: CatalogOptions = {}): AsyncGenerator<CatalogLine> {
  const read = readerOf(file.replace(/\.gz$/i, ""), options.format ?? "AUTO");
  const found = await stat(file).catch(() => null);
  if (!found?.isFile()) throw badInput(`There is no file ${file}.`);
  const folder = dirname(resolve(file));
  const bytes = createReadStream(file);
  const chunks = (await isGzip(file)) ? bytes.pipe(createGunzip()) : bytes;
  const rows = read(chunks, { ...options, resolvePath: (path) => resolve(folder, path) });
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

/** By the first two bytes (RFC 1952). */
async function isGzip(path: string): Promise<boolean> {
  const file = await open(path);
  try {
    const { buffer } = await file.read(Buffer.alloc(2), 0, 2, 0);
    return buffer[0] === 0x1f && buffer[1] === 0x8b;
  } finally {
    await file.close();
  }
}

function readerOf(file: string, format: CatalogFormat): Reader {
  if (format === "NDJSON") return readNdjson;
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
