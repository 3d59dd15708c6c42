import { open } from "node:fs/promises";
import { basename, extname } from "node:path";
import { crc32 } from "node:zlib";
import yauzl, { Entry } from "yauzl";
import { badInput, LikenessError } from "../../domain/errors.js";
import { BlockReader } from "./block-reader.js";
import { type CatalogSource, damaged, firstBytes, gunzip, withoutGz } from "./packed.js";

const ENDINGS = new Set([".ndjson", ".jsonl", ".json", ".csv", ".tsv", ".tab", ".txt", ".xml", ".rss", ".atom"]);

/** What every workbook has, a zip archive of XML files: Excel's (ECMA-376, SpreadsheetML; .xlsb) and LibreOffice's (OpenDocument 1.2, part 3). */
const WORKBOOKS = new Map([
  ["xl/workbook.xml", "an Excel workbook"],
  ["xl/workbook.bin", "an Excel workbook"],
  ["META-INF/manifest.xml", "an OpenDocument file"],
]);

/** The signature of a local file header (PKWARE APPNOTE, 4.3.7), which a zip archive that holds anything begins with. */
export async function isZip(file: string): Promise<boolean> {
  const [p, k, three, four] = await firstBytes(file, 4);
  return p === 0x50 && k === 0x4b && three === 0x03 && four === 0x04;
}

/** The catalogues of an archive by name; entries are unpacked while they are read, never to memory or disk as a whole. */
export async function openZip(file: string): Promise<CatalogSource[]> {
  const entries = await listEntries(file, isCatalogue);
  if (entries.size === 0) {
    throw badInput(`The archive ${file} holds no catalogue. It looks for ${[...ENDINGS].join(", ")}, each also as .gz.`);
  }
  return [...entries]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, entry]) => ({
      name: withoutGz(name),
      open: () => (/\.gz$/i.test(name) ? gunzip(readEntry(file, entry)) : readEntry(file, entry)),
    }));
}

/** Whether a file of this name in an archive is read as a catalogue. */
export function isCatalogue(name: string): boolean {
  return ENDINGS.has(extname(withoutGz(name)).toLowerCase());
}

/** The entries of an archive whose names are wanted. The list of all is read once here, and not again to read one of them. */
export async function listEntries(file: string, isWanted: (name: string) => boolean): Promise<Map<string, Entry>> {
  const entries = new Map<string, Entry>();
  const opened = await openDirectory(file);
  try {
    for await (const entry of opened.eachEntry()) {
      const name = entry.fileName;
      const workbook = WORKBOOKS.get(name);
      if (workbook) throw badInput(`${basename(file)} is ${workbook}. Save its sheet as CSV UTF-8, and send that.`);
      if (!isWanted(name) || isHidden(name)) continue;
      if (entries.has(name)) throw badInput(`The archive has several files called ${name}. Give each a name of its own.`);
      entries.set(name, withoutNames(entry));
    }
    return entries;
  } catch (cause) {
    throw cause instanceof LikenessError ? cause : damaged("zip", cause);
  } finally {
    opened.close();
  }
}

/** macOS adds a shadow `__MACOSX/._name` to every file it packs. */
function isHidden(name: string): boolean {
  return name.split("/").some((part) => part.startsWith(".") || part === "__MACOSX");
}

/** What it takes to read an entry: the rest is several times as large, and an archive may have hundreds of thousands. */
function withoutNames(entry: Entry): Entry {
  const { compressedSize, uncompressedSize, compressionMethod, generalPurposeBitFlag, relativeOffsetOfLocalHeader, crc32 } = entry;
  const kept = { compressedSize, uncompressedSize, compressionMethod, generalPurposeBitFlag, relativeOffsetOfLocalHeader, crc32 };
  return Object.assign(new Entry(), kept);
}

/** The bytes of an entry that `listEntries` found. Throws BAD_USER_INPUT for one that cannot be unpacked, or whose checksum is another. */
export async function* readEntry(file: string, entry: Entry): AsyncGenerator<Uint8Array> {
  if (entry.isEncrypted()) throw badInput("A file in the archive is encrypted. Pack it without a password.");
  if (!entry.canDecodeFileData()) {
    throw badInput(
      `A file in the archive is packed by method ${entry.compressionMethod}, which is not read. Pack it by the usual one, Deflate.`,
    );
  }
  const opened = await openArchive(file);
  try {
    let checksum = 0;
    for await (const chunk of (await opened.openReadStreamPromise(entry)) as AsyncIterable<Uint8Array>) {
      checksum = crc32(chunk, checksum);
      yield chunk;
    }
    if (checksum !== entry.crc32) throw new Error("its checksum is another");
  } catch (cause) {
    throw damaged("zip", cause);
  } finally {
    opened.close();
  }
}

/** For a look at every entry. */
async function openDirectory(file: string): Promise<yauzl.ZipFile> {
  const handle = await open(file);
  try {
    const { size } = await handle.stat();
    return await yauzl.fromRandomAccessReaderPromise(new BlockReader(handle), size, { autoClose: false });
  } catch (cause) {
    await handle.close();
    throw damaged("zip", cause);
  }
}

async function openArchive(file: string): Promise<yauzl.ZipFile> {
  try {
    return await yauzl.openPromise(file, { autoClose: false });
  } catch (cause) {
    throw damaged("zip", cause);
  }
}
