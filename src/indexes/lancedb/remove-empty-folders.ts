import { readdir, rmdir } from "node:fs/promises";
import { join } from "node:path";

/** Removes the folders in a folder that hold nothing. The caller sees to it that nobody is about to write into one. */
export async function removeEmptyFolders(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    // It refuses one that holds something.
    if (entry.isDirectory()) await rmdir(join(folder, entry.name)).catch(() => {});
  }
}
