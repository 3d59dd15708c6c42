import { readFileSync } from "node:fs";
import { LikenessError } from "../../domain/errors.js";

/** Null where there is no such file. Throws INDEX_UNAVAILABLE for one that cannot be read, or that is no JSON. */
export function readJson<T>(path: string): T | null {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as T;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw new LikenessError("INDEX_UNAVAILABLE", `${path} cannot be read: restore it, or set another LIKENESS_DATA_DIR and ingest again.`, {
      cause: error,
    });
  }
}
