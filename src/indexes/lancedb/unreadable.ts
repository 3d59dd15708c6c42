import { LikenessError } from "../../domain/errors.js";

/** The error for an index whose files the engine cannot read; one that says what is wrong already stays as it is. */
export function unreadable(folder: string, cause: unknown): LikenessError {
  if (cause instanceof LikenessError) return cause;
  return new LikenessError(
    "INDEX_UNAVAILABLE",
    `The index in ${folder} cannot be read: see that its files are there, whole and readable, or set another LIKENESS_DATA_DIR and ingest again. The engine says: ${(cause as Error).message}`,
    { cause },
  );
}
