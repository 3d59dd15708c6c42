import { readdir, readFile, realpath, stat } from "node:fs/promises";
import { basename, dirname, extname, join, resolve } from "node:path";
import { text } from "node:stream/consumers";
import { badInput } from "../../domain/errors.js";
import { isFile } from "./packed.js";
import { isCatalogue, isZip, listEntries, readEntry } from "./zip.js";

/** The `.out` files of a catalogue's pictures. */
export interface Outputs {
  /** What the paths of the catalogue's pictures are relative to. */
  readonly folder: string;
  /** The text of one by its path below the folder or archive; null where it is not there. */
  read(name: string): Promise<string | null>;
}

/** A catalogue (a file, or the folder of an ABO tree) and the outputs in its folder, or packed with it. */
export interface BatchTransform {
  readonly catalogue: string;
  readonly outputs: Outputs;
}

const CATALOGUE = /\.(?:ndjson|jsonl|csv|tsv|xml|zip)(?:\.gz)?$/i;
/** How many entries of a folder are looked at for a `.out` file before it counts as one without. */
const LOOKED_AT = 20_000;
/** The largest output that is unpacked: far more than any embedding, so that no archive can fill the memory. */
const MAX_OUTPUT_BYTES = 1024 * 1024;

/**
 * The catalogue and its outputs. Null where there is no `.out` file, unless the format was `asked` for: then nothing would be
 * read as it was meant, and it throws BAD_USER_INPUT, as it does for a folder with several catalogues.
 */
export async function findBatchTransform(file: string, asked: boolean): Promise<BatchTransform | null> {
  const found = await stat(file).catch(() => null);
  if (!found) return null;
  const isFolder = found.isDirectory();
  const packed = found.isFile() && (await isZip(file)) ? await packedOutputs(file) : null;
  const outputs = packed ?? (isFolder || asked ? await outputsIn(isFolder ? file : dirname(file), asked) : null);
  if (outputs) return { catalogue: isFolder ? await catalogueIn(file) : file, outputs };
  if (!asked) return null;
  throw badInput(
    `There is no .out file ${isFolder ? "in" : "in or beside"} ${basename(file)}, so nothing tells the embeddings. Give the folder that holds the ` +
      "catalogue and the .out files, or a zip archive of it. To have the pictures encoded here, name the catalogue's own format.",
  );
}

async function catalogueIn(folder: string): Promise<string> {
  const catalogues = (await readdir(folder)).filter((name) => CATALOGUE.test(name) && !/^images\.csv/.test(name));
  if (catalogues.length > 1)
    throw badInput(`The folder ${folder} holds several catalogues (${catalogues.join(", ")}). Name the one to read.`);
  return catalogues[0] === undefined ? folder : join(folder, catalogues[0]);
}

async function outputsIn(path: string, asked: boolean): Promise<Outputs | null> {
  if (!(await hasOutput(path, asked ? Number.POSITIVE_INFINITY : LOOKED_AT))) return null;
  const folder = resolve(path);
  const read = async (name: string) => ((await isFile(join(folder, name))) ? await readFile(join(folder, name), "utf8") : null);
  return { folder, read };
}

async function hasOutput(folder: string, most: number): Promise<boolean> {
  let left = most;
  const folders = [folder];
  const seen = new Set<string>();
  for (let next = folders.pop(); next !== undefined && left > 0; next = folders.pop()) {
    const place = await realpath(next).catch(() => next);
    if (seen.has(place)) continue;
    seen.add(place);
    // What is no folder after all, or may not be read, holds nothing.
    for (const entry of await readdir(place, { withFileTypes: true }).catch(() => [])) {
      left -= 1;
      if (!entry.isDirectory() && extname(entry.name) === ".out") return true;
      if (entry.isDirectory() || entry.isSymbolicLink()) folders.push(join(place, entry.name));
    }
  }
  return false;
}

/** The outputs in an archive, by their paths below the folder that they and the catalogue share in it. */
async function packedOutputs(file: string): Promise<Outputs | null> {
  const isOutput = (name: string): boolean => name.endsWith(".out");
  const entries = await listEntries(file, (name) => isOutput(name) || isCatalogue(name));
  const names = [...entries.keys()];
  if (!names.some(isOutput)) return null;
  const root = sharedFolder(names);
  const read = async (name: string): Promise<string | null> => {
    const entry = entries.get(root + name);
    if (!entry) return null;
    if (entry.uncompressedSize > MAX_OUTPUT_BYTES) {
      throw badInput(`${name} has ${entry.uncompressedSize} bytes; the most is ${MAX_OUTPUT_BYTES}.`, ["embedding"]);
    }
    return await text(readEntry(file, entry));
  };
  return { folder: dirname(resolve(file)), read };
}

/** The folders that all paths begin with, up to and with the last `/`. */
function sharedFolder(paths: readonly string[]): string {
  const folderOf = (path: string): string => path.slice(0, path.lastIndexOf("/", path.length - 2) + 1);
  return paths.reduce(
    (shared, path) => {
      let folder = shared;
      while (!path.startsWith(folder)) folder = folderOf(folder);
      return folder;
    },
    folderOf(paths[0] ?? ""),
  );
}
