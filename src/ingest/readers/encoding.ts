import { TextDecoder } from "node:util";
import { badInput } from "../../domain/errors.js";
import { type CatalogSource, readHead } from "./packed.js";

/** How much of a file is looked at to tell its encoding. */
const SNIFFED_BYTES = 256 * 1024;
const REPLACEMENT = "\uFFFD";
/** Stands for what could not be decoded: no byte of UTF-8, so that whoever splits lines reports the line. */
const UNDECODABLE = Uint8Array.of(0xff);

/** The same source in UTF-8, whatever it is written in; `encoding` is a label of the WHATWG Encoding standard. */
export async function toUtf8(source: CatalogSource, encoding?: string): Promise<CatalogSource> {
  const label = encoding ?? sniffEncoding(await readHead(source, SNIFFED_BYTES));
  const known = nameOf(label);
  if (known === null) {
    throw badInput(
      `There is no encoding "${label}". Name one such as utf-8, utf-16le, windows-1252 or shift_jis, or save the file as UTF-8.`,
    );
  }
  return known === "utf-8" ? source : { name: source.name, open: () => decode(source.open(), new TextDecoder(known)) };
}

/**
 * By a BOM, by the NULs that UTF-16 has in every other byte, by an XML declaration, and else UTF-8; where a table has bytes
 * that are not UTF-8 and none that are (beside ASCII), Windows-1252, the superset of Latin-1 that spreadsheets write.
 * JSON is UTF-8 (RFC 8259, 8.1).
 */
function sniffEncoding(head: Uint8Array): string {
  const [a, b, c] = head;
  if (a === 0xff && b === 0xfe) return "utf-16le";
  if (a === 0xfe && b === 0xff) return "utf-16be";
  if (a === 0xef && b === 0xbb && c === 0xbf) return "utf-8";
  if (a !== 0 && b === 0) return "utf-16le";
  if (a === 0 && b !== 0) return "utf-16be";
  const declared = /^<\?xml[^>]*?encoding\s*=\s*["']([\w.:-]+)["']/.exec(Buffer.from(head.subarray(0, 200)).toString("latin1"))?.[1];
  // Declared to be UTF-16, and yet read as bytes: .NET writes that into what is saved as UTF-8 later.
  const name = declared === undefined ? null : nameOf(declared);
  if (name !== null && !name.startsWith("utf-16")) return name;
  const text = new TextDecoder("utf-8").decode(head, { stream: true });
  if (/^\s*[{[]/.test(text)) return "utf-8";
  return isBroken(head) && !/[^\0-\x7f\uFFFD]/.test(text) ? "windows-1252" : "utf-8";
}

/** Whether bytes are no UTF-8, also where they are cut in the midst of a character. A U+FFFD may be their own. */
function isBroken(head: Uint8Array): boolean {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(head, { stream: true });
    return false;
  } catch {
    return true;
  }
}

/** The standard's name of an encoding by one of its labels; null where there is no such label. */
function nameOf(label: string): string | null {
  try {
    return new TextDecoder(label).encoding;
  } catch {
    return null;
  }
}

async function* decode(chunks: AsyncIterable<Uint8Array>, decoder: TextDecoder): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) yield encode(decoder.decode(chunk, { stream: true }));
  yield encode(decoder.decode());
}

function encode(text: string): Uint8Array {
  if (!text.includes(REPLACEMENT)) return Buffer.from(text);
  return Buffer.concat(text.split(REPLACEMENT).flatMap((part, i) => (i === 0 ? [Buffer.from(part)] : [UNDECODABLE, Buffer.from(part)])));
}
