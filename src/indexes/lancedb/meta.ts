import { join } from "node:path";
import { LikenessError } from "../../domain/errors.js";
import type { Model } from "../../domain/ports.js";
import { replaceFile } from "../../replace-file.js";
import { readJson } from "./read-json.js";

/** Which model's embeddings the table beside it holds, and by which layout. */
export interface Meta extends Model {
  readonly layout: number;
}

/** The file's name. */
export const META = "meta.json";

/** The columns that this version reads and writes; another number means that a table must be made anew. */
export const LAYOUT = 2;

/** Null for a folder that was never used. */
export function readMeta(dataDir: string): Meta | null {
  return readJson<Meta>(join(dataDir, META));
}

export function writeMeta(folder: string, meta: Meta): void {
  replaceFile(join(folder, META), JSON.stringify(meta));
}

/** Throws INDEX_UNAVAILABLE for a table of another version's columns, MODEL_MISMATCH for one that another model filled. */
export function checkMeta(meta: Meta, model: Model): void {
  if (meta.layout !== LAYOUT) {
    throw new LikenessError(
      "INDEX_UNAVAILABLE",
      `The index was written in layout ${meta.layout}; this version reads layout ${LAYOUT}: set another LIKENESS_DATA_DIR and ingest again.`,
    );
  }
  if (meta.modelId === model.modelId && meta.dimension === model.dimension) return;
  throw new LikenessError(
    "MODEL_MISMATCH",
    `The index holds embeddings of ${meta.modelId} (${meta.dimension} numbers), but the encoder is ${model.modelId} (${model.dimension}): ` +
      "go back to the model it was filled with, re-encode it by `likeness reindex --model`, or set another LIKENESS_DATA_DIR and ingest again.",
  );
}
