import { readdir, readFile, realpath, stat } from "node:fs/promises";
import { basename, dirname, extname, join, relative, resolve } from "node:path";
import { text } from "node:stream/consumers";
import { combine, normalize } from "../../domain/embedding.js";
import { asError, badInput, LikenessError } from "../../domain/errors.js";
import type { CatalogDraft, CatalogLine, CatalogPicture } from "./catalog-row.js";
import { isCatalogue, isZip, listEntries, readEntry } from "./zip.js";

/** The `.out` files of a catalogue's pictures. */
export interface Outputs {
  /** What the paths of the catalogue's pictures are told from. */
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

/**
 * Gives each product the embeddings that a SageMaker batch transform wrote for its pictures: `<picture path>.out`, JSON
 * `[[…]]` with one vector of any length (docs.aws.amazon.com/sagemaker/latest/dg/batch-transform.html). Several are averaged. Nothing of such a
 * product is encoded again, its words neither.
 */
export async function* withOutputs(rows: AsyncIterable<CatalogLine>, outputs: Outputs): AsyncGenerator<CatalogLine> {
  for await (const row of rows) {
    if ("error" in row || row.draft.embedding !== null || row.draft.images.length === 0) yield row;
    else yield await withOutput(row.line, row.draft, outputs);
  }
}

async function withOutput(line: number, draft: CatalogDraft, outputs: Outputs): Promise<CatalogLine> {
  try {
    const read = await Promise.all(draft.images.map((image) => readOutput(image, outputs)));
    const vectors = read.filter((vector) => vector !== null);
    const [first] = vectors;
    if (!first) {
      const places = draft.images.map((image) => `${placeOf(image, outputs.folder)}.out`).join(", ");
      throw new LikenessError("NOT_FOUND", `No picture of "${draft.id}" has an embedding: there is no ${places}.`, { field: ["images"] });
    }
    if (vectors.some(({ length }) => length !== first.length))
      throw badInput(`The embeddings of "${draft.id}" differ in length.`, ["embedding"]);
    const embedding = combine(vectors.map((vector) => ({ embedding: normalize(vector), weight: 1 })));
    const kept = await Promise.all(draft.images.map(async (image) => "url" in image || (await isFile(image.path))));
    return {
      line,
      draft: { ...draft, embedding: new Float64Array(embedding), encodeWords: false, images: draft.images.filter((_, i) => kept[i]) },
    };
  } catch (error) {
    if (error instanceof LikenessError) return { line, error };
    throw error;
  }
}

function placeOf(image: CatalogPicture, folder: string): string {
  return ("url" in image ? pathOf(image.url) : relative(folder, image.path)).replaceAll("\\", "/").replace(/^\/+/, "");
}

function pathOf(url: string): string {
  return URL.canParse(url) ? new URL(url).pathname : url;
}

/** The job's output keeps the picture's path below the prefix it was given, so the start of the path may be missing. */
async function readOutput(image: CatalogPicture, { folder, read }: Outputs): Promise<number[] | null> {
  const parts = placeOf(image, folder)
    .split("/")
    .filter((part) => part !== "..");
  for (let skipped = 0; skipped < parts.length; skipped++) {
    const name = `${parts.slice(skipped).join("/")}.out`;
    const output = await read(name);
    if (output !== null) return parseOutput(name, output);
  }
  return null;
}

function parseOutput(name: string, json: string): number[] {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (cause) {
    throw badInput(`${name} is not JSON: ${asError(cause).message}`, ["embedding"]);
  }
  const vector: unknown = Array.isArray(value) && Array.isArray(value[0]) && value.length === 1 ? value[0] : value;
  if (Array.isArray(vector) && vector.length > 0 && vector.every((one) => Number.isFinite(one))) return vector;
  throw badInput(`${name} must hold one embedding, [[…]]: a list of one list of finite numbers.`, ["embedding"]);
}

async function isFile(path: string): Promise<boolean> {
  return (await stat(path).catch(() => null))?.isFile() ?? false;
}
