import { createReadStream } from "node:fs";
import { basename } from "node:path";
import { badInput } from "../../domain/errors.js";
import { type CatalogSource, firstBytes, gunzip, isFile, isGzip, withoutGz } from "./packed.js";
import { isZip, openZip } from "./zip.js";

/** Read at a time: with the 64 KiB that streams take by default, a tenth of the time goes into reading. */
const READ_BYTES = 1024 * 1024;

/** A file as it is: plain, gzip, or the catalogues in a zip archive in the order of their names. */
export async function openSources(file: string): Promise<CatalogSource[]> {
  if (!(await isFile(file))) throw badInput(`There is no file ${file}.`);
  return (await isZip(file)) ? await openZip(file) : [await openFile(file)];
}

/** A file that is plain or gzip; its first bytes say which, not its name. */
export async function openFile(file: string): Promise<CatalogSource> {
  const packed = isGzip(await firstBytes(file, 2));
  const read = (): AsyncIterable<Uint8Array> => createReadStream(file, { highWaterMark: READ_BYTES });
  return { name: withoutGz(basename(file)), open: packed ? () => gunzip(read()) : read };
}
