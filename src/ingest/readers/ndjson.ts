import { badInput, type LikenessError } from "../../domain/errors.js";
import { type CatalogLine, type RowOptions, toCatalogLine } from "./catalog-row.js";
import { splitLines } from "./lines.js";

/** Reads one JSON object a line. A broken line is reported with its number; the lines around it are not touched by it. */
export async function* readNdjson(chunks: AsyncIterable<Uint8Array>, options: RowOptions = {}): AsyncGenerator<CatalogLine> {
  for await (const read of splitLines(chunks)) {
    if ("error" in read) yield read;
    else if (read.text.trim() !== "") yield parseLine(read.line, read.text, options);
  }
}

/** V8 tells the position from 0, people count columns from 1. */
export function notJson(cause: unknown): LikenessError {
  const message = cause instanceof Error ? cause.message : String(cause);
  const position = /at position (\d+)/.exec(message)?.[1];
  return badInput(`${position === undefined ? "" : `Column ${Number(position) + 1}: `}The line is not JSON: ${message}`);
}

function parseLine(line: number, text: string, options: RowOptions): CatalogLine {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    return { line, error: notJson(cause) };
  }
  if (value === null || typeof value !== "object" || Array.isArray(value)) {
    return { line, error: badInput('The line must hold one JSON object, such as {"id": "1", "title": "Red shoe"}.') };
  }
  return toCatalogLine(line, new Map(Object.entries(value)), options);
}
