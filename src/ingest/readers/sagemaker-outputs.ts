import { relative } from "node:path";
import { average, normalize } from "../../domain/embedding.js";
import { asError, badInput, LikenessError } from "../../domain/errors.js";
import type { Outputs } from "./batch-transform.js";
import type { CatalogDraft, CatalogLine, CatalogPicture } from "./catalog-row.js";
import { isFile } from "./packed.js";

/**
 * Gives each product the embeddings that a SageMaker batch transform wrote for its pictures: `<picture path>.out`, JSON
 * `[[…]]` with one vector of any length (docs.aws.amazon.com/sagemaker/latest/dg/batch-transform.html). Several are averaged. Nothing of such a
 * product is encoded again, its words neither. Picture files are kept where they are there; `looksForFiles` is false for a catalogue whose
 * folder is elsewhere: on this disk its paths would tell a stranger what else there is.
 */
export async function* withOutputs(
  rows: AsyncIterable<CatalogLine>,
  outputs: Outputs,
  looksForFiles: boolean,
): AsyncGenerator<CatalogLine> {
  const isThere = async (image: CatalogPicture) => "url" in image || (looksForFiles && (await isFile(image.path)));
  for await (const row of rows) {
    if ("error" in row || row.draft.embedding !== null || row.draft.images.length === 0) yield row;
    else yield await withOutput(row.line, row.draft, outputs, isThere);
  }
}

async function withOutput(
  line: number,
  draft: CatalogDraft,
  outputs: Outputs,
  isThere: (image: CatalogPicture) => Promise<boolean>,
): Promise<CatalogLine> {
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
    const embedding = average(vectors.map(normalize));
    const kept = await Promise.all(draft.images.map(isThere));
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

/** No file has a longer path (Linux' PATH_MAX), and all that a longer one ends in would take hours to look for. */
const MAX_PATH_CHARS = 4096;

/** The job's output keeps the picture's path below the prefix it was given, so the start of the path may be missing. */
async function readOutput(image: CatalogPicture, { folder, read }: Outputs): Promise<number[] | null> {
  const place = placeOf(image, folder);
  if (place.length > MAX_PATH_CHARS) return null;
  const parts = place.split("/").filter((part) => part !== "..");
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
