import { renameSync, writeFileSync } from "node:fs";

/** Writes beside and renames, so that a crash leaves the old file or the new one, never half of one. */
export function replaceFile(path: string, text: string): void {
  writeFileSync(`${path}.new`, text, { flush: true });
  renameSync(`${path}.new`, path);
}
