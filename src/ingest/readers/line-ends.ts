import { type CatalogSource, readHead } from "./packed.js";

/** How much of a file is looked at for the end of its first line. */
const LOOKED_AT_BYTES = 256 * 1024;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/**
 * The same source of UTF-8 with line feeds, where its first line ends in a carriage return alone, as Excel's "CSV (Macintosh)" has
 * them: whoever splits lines would take all of it for the header, and find no row.
 */
export async function withLineFeeds(source: CatalogSource): Promise<CatalogSource> {
  const head = await readHead(source, LOOKED_AT_BYTES);
  const end = head.findIndex((byte) => byte === LINE_FEED || byte === CARRIAGE_RETURN);
  if (head[end] !== CARRIAGE_RETURN || head[end + 1] === LINE_FEED) return source;
  return { name: source.name, open: () => feedLines(source.open()) };
}

/** Line feeds that are there already are those inside quotes, and stay as they are. */
async function* feedLines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) yield chunk.map((byte) => (byte === CARRIAGE_RETURN ? LINE_FEED : byte));
}
