import { extname } from "node:path";
import yauzl, { type Entry } from "yauzl";
import { badInput, LikenessError } from "../../domain/errors.js";
import { type CatalogSource, damaged, firstBytes, gunzip, withoutGz } from "./packed.js";

const ENDINGS = new Set([".ndjson", ".jsonl", ".json", ".csv", ".tsv", ".tab", ".txt", ".xml", ".rss", ".atom"]);

/** The signature of a local file header (PKWARE APPNOTE, 4.3.7), which a zip archive that holds anything begins with. */
export async function isZip(file: string): Promise<boolean> {
  const [p, k, three, four] = await firstBytes(file, 4);
  return p === 0x50 && k === 0x4b && three === 0x03 && four === 0x04;
}

/** The catalogues of an archive by name; entries are unpacked while they are read, never to memory or disk as a whole. */
export async function openZip(file: string): Promise<CatalogSource[]> {
  const names: string[] = [];
  await withEntries(file, (entry) => {
    if (isCatalogue(entry.fileName)) names.push(entry.fileName);
    return false;
  });
  if (names.length === 0) {
    throw badInput(`The archive ${file} holds no catalogue. It looks for ${[...ENDINGS].join(", ")}, each also as .gz.`);
  }
  return names.sort().map((name) => ({
    name: withoutGz(name),
    open: () => (/\.gz$/i.test(name) ? gunzip(readEntry(file, name)) : readEntry(file, name)),
  }));
}

/** macOS adds a shadow `__MACOSX/._name` to every file it packs. */
function isCatalogue(name: string): boolean {
  const hidden = name.split("/").some((part) => part.startsWith(".") || part === "__MACOSX");
  return !hidden && ENDINGS.has(extname(withoutGz(name)).toLowerCase());
}

async function* readEntry(file: string, name: string): AsyncGenerator<Uint8Array> {
  const opened = await openArchive(file);
  try {
    for await (const entry of opened.eachEntry()) {
      if (entry.fileName !== name) continue;
      yield* (await opened.openReadStreamPromise(entry)) as AsyncIterable<Uint8Array>;
      return;
    }
  } catch (cause) {
    throw cause instanceof LikenessError ? cause : damaged("zip", cause);
  } finally {
    opened.close();
  }
}

async function withEntries(file: string, visit: (entry: Entry) => boolean): Promise<void> {
  const opened = await openArchive(file);
  try {
    for await (const entry of opened.eachEntry()) if (visit(entry)) return;
  } catch (cause) {
    throw damaged("zip", cause);
  } finally {
    opened.close();
  }
}

async function openArchive(file: string): Promise<yauzl.ZipFile> {
  try {
    return await yauzl.openPromise(file, { autoClose: false });
  } catch (cause) {
    throw damaged("zip", cause);
  }
}
