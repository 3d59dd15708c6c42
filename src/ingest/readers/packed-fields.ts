import { readNumbers } from "./json-numbers.js";
import { decodeUtf8 } from "./lines.js";

/** Stands for the list of numbers while the rest of its line is parsed. */
const STAND_IN = "\u0000numbers";
const STAND_IN_JSON = Buffer.from(JSON.stringify(STAND_IN));
const COLON = 0x3a;
const SPACE = 0x20;

/**
 * The fields of a line of UTF-8 that holds a JSON object with a list of numbers as field `name`, which comes as Float64Array:
 * nearly all of a row with an embedding are its numbers, which JSON.parse is slow at. Null for every other line.
 */
export function packedFields(line: Uint8Array, name: string): Map<string, unknown> | null {
  const bytes = Buffer.from(line.buffer, line.byteOffset, line.length);
  const key = JSON.stringify(name);
  const keyStart = bytes.indexOf(key);
  if (keyStart === -1) return null;
  let start = keyStart + Buffer.byteLength(key);
  while (bytes[start] === COLON || bytes[start] === SPACE) start++;
  const list = readNumbers(bytes, start);
  if (list === null) return null;
  const fields = parseObject(Buffer.concat([bytes.subarray(0, start), STAND_IN_JSON, bytes.subarray(list.end)]));
  // Else it was no field of the object itself, but of something in it.
  return fields?.get(name) === STAND_IN ? fields.set(name, list.numbers) : null;
}

function parseObject(bytes: Uint8Array): Map<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(decodeUtf8(bytes));
    return value !== null && typeof value === "object" ? new Map(Object.entries(value)) : null;
  } catch {
    return null;
  }
}
