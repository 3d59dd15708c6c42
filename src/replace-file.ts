import { closeSync, fsyncSync, openSync, renameSync, writeFileSync } from "node:fs";

/** Writes beside and renames, so that a crash leaves the old file or the new one, never half of one. */
export function replaceFile(path: string, text: string): void {
  const file = openSync(`${path}.new`, "w");
  try {
    writeFileSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(`${path}.new`, path);
}
