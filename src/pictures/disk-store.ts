import { randomUUID } from "node:crypto";
import { mkdir, opendir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { isPictureName } from "../domain/picture.js";
import type { PictureStore, StoredPicture } from "../domain/ports.js";

/** Copies as files `ab/abcd….jpg`: 256 folders, so that none grows too large to be listed. */
export class DiskStore implements PictureStore {
  constructor(private readonly folder: string) {}

  async read(name: string): Promise<Uint8Array | null> {
    return await orNull(readFile(this.pathOf(name)));
  }

  /** Writes beside and renames: a reader, or a process killed meanwhile, never leaves or sees half a file. */
  async write(name: string, bytes: Uint8Array): Promise<void> {
    const path = this.pathOf(name);
    const beside = `${path}.${randomUUID()}`;
    try {
      // The folder is there but for the first few hundred times.
      const folderIsMissing = (await orNull(writeFile(beside, bytes))) === null;
      if (folderIsMissing) {
        await mkdir(dirname(path), { recursive: true });
        await writeFile(beside, bytes);
      }
      await rename(beside, path);
    } catch (error) {
      await rm(beside, { force: true });
      throw error;
    }
  }

  async *list(): AsyncGenerator<StoredPicture> {
    const files = await orNull(opendir(this.folder, { recursive: true }));
    for await (const file of files ?? []) {
      const name = file.name.replace(/\.jpg$/, "");
      if (!file.isFile() || !isPictureName(name)) continue;
      const found = await orNull(stat(this.pathOf(name)));
      if (found) yield { name, writtenAt: found.mtime };
    }
  }

  async removeOlder(name: string, before: Date): Promise<boolean> {
    const path = this.pathOf(name);
    const found = await orNull(stat(path));
    if (!found || found.mtime >= before) return false;
    // Taken away before it is looked at once more: an ingest may write it again at this very moment.
    const taken = `${path}.${randomUUID()}`;
    if ((await orNull(rename(path, taken))) === null) return false;
    if ((await stat(taken)).mtime >= before) {
      await rename(taken, path);
      return false;
    }
    await rm(taken);
    return true;
  }

  private pathOf(name: string): string {
    if (!isPictureName(name)) throw new Error(`${JSON.stringify(name)} is no name of a picture`);
    return join(this.folder, name.slice(0, 2), `${name}.jpg`);
  }
}

async function orNull<T>(work: Promise<T>): Promise<T | null> {
  try {
    return await work;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
}
