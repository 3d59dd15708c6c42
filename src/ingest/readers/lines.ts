import { badInput, type LikenessError } from "../../domain/errors.js";

/** The longest line that is read, in bytes; a longer one is reported and skipped, so that memory stays bounded. */
export const MAX_LINE_BYTES = 16 * 1024 * 1024;

/** A physical line of a file, numbered from 1, or what is wrong with it. */
export type TextLine = { readonly line: number; readonly text: string } | { readonly line: number; readonly error: LikenessError };

const LINE_FEED = 0x0a;

/**
 * Splits a byte stream at line feeds alone. Node's readline also splits at U+2028, which is legal inside JSON strings,
 * and replaces bytes that are not UTF-8, which would change a product without a word. Drops a BOM and a CR at the end.
 */
export async function* splitLines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<TextLine> {
  let line = 1;
  let parts: Uint8Array[] = [];
  let bytes = 0;
  const take = (part: Uint8Array): void => {
    bytes += part.length;
    if (bytes <= MAX_LINE_BYTES) parts.push(part);
    else parts = [];
  };
  const finish = (): TextLine => {
    const finished = bytes > MAX_LINE_BYTES ? tooLong(line, bytes) : decode(line, Buffer.concat(parts));
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

function tooLong(line: number, bytes: number): TextLine {
  return { line, error: badInput(`The line has ${bytes} bytes; the most is ${MAX_LINE_BYTES}.`) };
}

function decode(line: number, bytes: Uint8Array): TextLine {
  try {
    // ignoreBOM false (the default) drops a BOM, and a decoder for each line drops it on the first line only in effect:
    // elsewhere U+FEFF at the start of a line is as invisible and as unwanted.
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return { line, text: text.endsWith("\r") ? text.slice(0, -1) : text };
  } catch {
    return { line, error: badInput("The line is not UTF-8. Save the file as UTF-8 (for example: iconv -t UTF-8).") };
  }
}
