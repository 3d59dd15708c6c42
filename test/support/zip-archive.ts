import { readdir, readFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { crc32 } from "node:zlib";

/** A zip archive of these files by their paths, not compressed (PKWARE APPNOTE, 4.3). */
export function zipOf(files: Readonly<Record<string, string | Uint8Array>>): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  for (const [path, content] of Object.entries(files)) {
    const name = Buffer.from(path);
    const bytes = Buffer.from(content);
    // Version 2.0, names in UTF-8, stored, no date, the checksum, both sizes, the name's length and no extra field.
    const about = Buffer.concat([u16(20, 0x800, 0, 0, 0), u32(crc32(bytes), bytes.length, bytes.length), u16(name.length, 0)]);
    const local = Buffer.concat([u32(0x04034b50), about, name, bytes]);
    parts.push(local);
    directory.push(u32(0x02014b50), u16(20), about, u16(0, 0, 0), u32(0, at), name);
    at += local.length;
  }
  const listed = Buffer.concat(directory);
  const count = parts.length;
  return Buffer.concat([...parts, listed, u32(0x06054b50), u16(0, 0, count, count), u32(listed.length, at), u16(0)]);
}

/** The files of a folder whose paths in it are wanted. */
export async function filesOf(folder: string, isWanted: (path: string) => boolean = () => true): Promise<Record<string, Uint8Array>> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = found.filter((entry) => entry.isFile()).map((entry) => relative(folder, join(entry.parentPath, entry.name)));
  const wanted = paths.map((path) => path.replaceAll("\\", "/")).filter(isWanted);
  return Object.fromEntries(await Promise.all(wanted.map(async (path) => [path, await readFile(join(folder, path))] as const)));
}

function u16(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(2 * values.length);
  values.forEach((value, i) => bytes.writeUInt16LE(value, 2 * i));
  return bytes;
}

function u32(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(4 * values.length);
  values.forEach((value, i) => bytes.writeUInt32LE(value, 4 * i));
  return bytes;
}
