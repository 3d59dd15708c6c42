import { asError, badInput } from "../../domain/errors.js";
import { type CatalogLine, lineOf, type RowOptions, toCatalogLine, toDraft } from "./catalog-row.js";
import { decodeLine, splitBytes, type TextLine } from "./lines.js";
import { packedFields } from "./packed-fields.js";

/** Reads one JSON object a line. A broken line is reported with its number; the lines around it are not touched by it. */
export async function* readNdjson(chunks: AsyncIterable<Uint8Array>, options: RowOptions = {}): AsyncGenerator<CatalogLine> {
  const embeddingName = options.map?.get("embedding") ?? "embedding";
  for await (const read of splitBytes(chunks)) {
    if ("error" in read) {
      yield read;
      continue;
    }
    const packed = packedFields(read.bytes, embeddingName);
    const row = packed ? toCatalogLine(read.line, packed, options) : parseLine(decodeLine(read.line, read.bytes), options);
    if (row) yield row;
  }
}

/** The value of a line of JSON. Throws BAD_USER_INPUT with the column, counted from 1, where V8 tells the position, which it counts from 0. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const message = asError(cause).message;
    const position = /at position (\d+)/.exec(message)?.[1];
    throw badInput(`${position === undefined ? "" : `Column ${Number(position) + 1}: `}The line is not JSON: ${message}`);
  }
}

/** Null for a line of spaces. */
function parseLine(read: TextLine, options: RowOptions): CatalogLine | null {
  if ("error" in read) return read;
  const { line, text } = read;
  if (text.trim() === "") return null;
  return lineOf(line, () => {
    const value = parseJson(text);
    if (value === null || typeof value !== "object" || Array.isArray(value)) {
      throw badInput('The line must hold one JSON object, such as {"id": "1", "title": "Red shoe"}.');
    }
    return toDraft(new Map(Object.entries(value)), options);
  });
}
