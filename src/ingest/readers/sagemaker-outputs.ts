import { readdir, readFile, stat } from "node:fs/promises";
import { dirname, extname, join, relative, resolve } from "node:path";
import { combine, normalize } from "../../domain/embedding.js";
import { badInput, LikenessError } from "../../domain/errors.js";
import type { CatalogDraft, CatalogLine, CatalogPicture } from "./catalog-row.js";

/** A catalogue (a file, or the folder of an ABO tree) and the folder in which its pictures' `.out` files are. */
export interface BatchTransform {
  readonly catalogue: string;
  readonly folder: string;
}

const CATALOGUE = /\.(?:ndjson|jsonl|csv|tsv|xml|zip)(?:\.gz)?$/i;
/** How many entries of a folder are looked at for a `.out` file before it counts as one without. */
const LOOKED_AT = 20_000;

/** The catalogue and its outputs. `sure` asks for an `.out` file; null where there is none. Throws for a folder with several catalogues. */
export async function findBatchTransform(file: string, sure: boolean): Promise<BatchTransform | null> {
  const found = await stat(file).catch(() => null);
  if (!found?.isDirectory()) return sure ? null : { catalogue: file, folder: dirname(resolve(file)) };
  if (sure && !(await hasOutput(file))) return null;
  const catalogues = (await readdir(file)).filter((name) => CATALOGUE.test(name) && !/^images\.csv/.test(name));
  if (catalogues.length > 1)
    throw badInput(`The folder ${file} holds several catalogues (${catalogues.join(", ")}). Name the one to read.`);
  return { catalogue: catalogues[0] === undefined ? file : join(file, catalogues[0]), folder: resolve(file) };
}

async function hasOutput(folder: string): Promise<boolean> {
  let left = LOOKED_AT;
  const folders = [folder];
  for (let next = folders.pop(); next !== undefined && left > 0; next = folders.pop()) {
    for (const entry of await readdir(next, { withFileTypes: true })) {
      left -= 1;
      if (entry.isFile() && extname(entry.name) === ".out") return true;
      if (entry.isDirectory()) folders.push(join(next, entry.name));
    }
  }
  return false;
}

/**
 * Gives each product the embeddings that a SageMaker batch transform wrote for its pictures: `<picture path>.out`, JSON
 * `[[…]]` with one vector of any length (docs.aws.amazon.com/sagemaker/latest/dg/batch-transform.html). Several are averaged. Nothing of such a
 * product is encoded again, its words neither.
 */
export async function* withOutputs(rows: AsyncIterable<CatalogLine>, folder: string): AsyncGenerator<CatalogLine> {
  for await (const row of rows) {
    if ("error" in row || row.draft.embedding !== null || row.draft.images.length === 0) yield row;
    else yield await withOutput(row.line, row.draft, folder);
  }
}

async function withOutput(line: number, draft: CatalogDraft, folder: string): Promise<CatalogLine> {
  try {
    const read = await Promise.all(draft.images.map((image) => readOutput(image, folder)));
    const vectors = read.filter((vector) => vector !== null);
    const [first] = vectors;
    if (!first) {
      const places = draft.images.map((image) => `${placeOf(image, folder)}.out`).join(", ");
      throw new LikenessError("NOT_FOUND", `No picture of "${draft.id}" has an embedding: there is no ${places} in ${folder}.`, {
        field: ["images"],
      });
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
async function readOutput(image: CatalogPicture, folder: string): Promise<number[] | null> {
  const parts = placeOf(image, folder)
    .split("/")
    .filter((part) => part !== "..");
  for (let skipped = 0; skipped < parts.length; skipped++) {
    const file = join(folder, `${parts.slice(skipped).join("/")}.out`);
    if (await isFile(file)) return parseOutput(file, await readFile(file, "utf8"));
  }
  return null;
}

function parseOutput(file: string, text: string): number[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw badInput(`${file} is not JSON: ${cause instanceof Error ? cause.message : cause}`, ["embedding"]);
  }
  const vector: unknown = Array.isArray(value) && Array.isArray(value[0]) && value.length === 1 ? value[0] : value;
  if (Array.isArray(vector) && vector.length > 0 && vector.every((one) => Number.isFinite(one))) return vector;
  throw badInput(`${file} must hold one embedding, [[…]]: a list of one list of finite numbers.`, ["embedding"]);
}

async function isFile(path: string): Promise<boolean> {
  return (await stat(path).catch(() => null))?.isFile() ?? false;
}
