import { badInput, type LikenessError } from "../../domain/errors.js";

/** The longest line that is read, in bytes; a longer one is reported and skipped, so that memory stays bounded. */
export const MAX_LINE_BYTES = 16 * 1024 * 1024;

/** What is wrong where a row of a file begins, at a line numbered from 1. */
export interface WrongLine {
  readonly line: number;
  readonly error: LikenessError;
}

/** A physical line of a file, numbered from 1, or what is wrong with it. */
export type TextLine = { readonly line: number; readonly text: string } | WrongLine;

/** The same, not yet decoded. */
export type BytesLine = { readonly line: number; readonly bytes: Uint8Array } | WrongLine;

const LINE_FEED = 0x0a;

/** The lines of a byte stream as texts: a BOM and a CR at the end are dropped, and what is not UTF-8 is an error. */
export async function* splitLines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<TextLine> {
  for await (const read of splitBytes(chunks)) yield "error" in read ? read : decodeLine(read.line, read.bytes);
}

/**
 * Splits a byte stream at line feeds alone. Node's readline also splits at U+2028, which is legal inside JSON strings,
 * and replaces bytes that are not UTF-8, which would change a product without a word.
 */
export async function* splitBytes(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<BytesLine> {
  let line = 1;
  let parts: Uint8Array[] = [];
  let bytes = 0;
  const take = (part: Uint8Array): void => {
    bytes += part.length;
    if (bytes <= MAX_LINE_BYTES) parts.push(part);
    else parts = [];
  };
  const finish = (): BytesLine => {
    const [first] = parts;
    const whole = first && parts.length === 1 ? first : Buffer.concat(parts);
    const finished = bytes > MAX_LINE_BYTES ? tooLong(line, bytes) : { line, bytes: whole };
    line += 1;
    parts = [];
    bytes = 0;
    return finished;
  };
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(LINE_FEED); end !== -1; end = chunk.indexOf(LINE_FEED, start)) {
      take(chunk.subarray(start, end));
      yield finish();
      start = end + 1;
    }
    if (start < chunk.length) take(chunk.subarray(start));
  }
  if (bytes > 0) yield finish();
}

function tooLong(line: number, bytes: number): WrongLine {
  return { line, error: badInput(`The line has ${bytes} bytes; the most is ${MAX_LINE_BYTES}.`) };
}

/** The text of a line without a BOM and a CR at its end. */
export function decodeLine(line: number, bytes: Uint8Array): TextLine {
  try {
    const text = decodeUtf8(bytes);
    return { line, text: text.endsWith("\r") ? text.slice(0, -1) : text };
  } catch {
    return { line, error: badInput("The line is not UTF-8. Save the file as UTF-8 (for example: iconv -t UTF-8).") };
  }
}

/**
 * ignoreBOM false (the default) drops a BOM at the start of whatever is decoded, so of every line: after the first, U+FEFF there is as
 * invisible and as unwanted.
 */
const UTF8 = new TextDecoder("utf-8", { fatal: true });

/** The text of a line. Throws TypeError for bytes that are not UTF-8. */
export function decodeUtf8(bytes: Uint8Array): string {
  return UTF8.decode(bytes);
}
