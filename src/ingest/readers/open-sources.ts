import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { basename } from "node:path";
import { badInput } from "../../domain/errors.js";
import { type CatalogSource, firstBytes, gunzip, isGzip, withoutGz } from "./packed.js";
import { isZip, openZip } from "./zip.js";

/** Read at a time: with the 64 KiB that streams take by default, a tenth of the time goes into reading. */
const READ_BYTES = 1024 * 1024;

/** A file as it is: plain, gzip, or the catalogues in a zip archive in the order of their names. */
export async function openSources(file: string): Promise<CatalogSource[]> {
  await checkPlainFile(file);
  return (await isZip(file)) ? await openZip(file) : [await openFile(file)];
}

/** Throws BAD_USER_INPUT for what cannot be read as often as needed. */
export async function checkPlainFile(file: string): Promise<void> {
  const found = await stat(file).catch(() => null);
  if (!found) throw badInput(`There is no file ${file || "of an empty name"}.`);
  if (!found.isFile()) throw badInput(`${file} is a folder, a pipe or a device: name a file, which can be read more than once.`);
}

/** A file that is plain or gzip; its first bytes say which, not its name. */
export async function openFile(file: string): Promise<CatalogSource> {
  const packed = isGzip(await firstBytes(file, 2));
  const read = (): AsyncIterable<Uint8Array> => createReadStream(file, { highWaterMark: READ_BYTES });
  return { name: withoutGz(basename(file)), open: packed ? () => gunzip(read()) : read };
}
