import { randomUUID } from "node:crypto";
import { mkdir, opendir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { isPictureName } from "../domain/picture.js";
import type { PictureStore, StoredPicture } from "../domain/ports.js";

/** What lies beside the copies for longer was left by a process that was killed: to write one takes far less. */
const ABANDONED_MS = 3_600_000;

/**
 * Copies as files `ab/abcd….jpg`: 256 folders, so that none grows too large to be listed. What is being written or removed lies
 * in `unfinished`, where the first write of a process clears away what others left.
 */
export class DiskStore implements PictureStore {
  private readonly unfinished: string;
  private hasCleared = false;

  constructor(private readonly folder: string) {
    this.unfinished = join(folder, "unfinished");
  }

  async read(name: string): Promise<Uint8Array | null> {
    return await orNull(readFile(this.pathOf(name)));
  }

  /** Writes beside and renames: a reader, or a process killed meanwhile, never leaves or sees half a file. */
  async write(name: string, bytes: Uint8Array): Promise<void> {
    if (!this.hasCleared) {
      this.hasCleared = true;
      await this.clearAbandoned();
    }
    const path = this.pathOf(name);
    const beside = this.newUnfinished();
    try {
      await inFolder(beside, () => writeFile(beside, bytes));
      await inFolder(path, () => rename(beside, path));
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
    const taken = this.newUnfinished();
    await mkdir(this.unfinished, { recursive: true });
    if ((await orNull(rename(path, taken))) === null) return false;
    const still = await orNull(stat(taken));
    if (still && still.mtime >= before) {
      await rename(taken, path);
      return false;
    }
    await rm(taken, { force: true });
    return true;
  }

  private async clearAbandoned(): Promise<void> {
    for (const name of (await orNull(readdir(this.unfinished))) ?? []) {
      const path = join(this.unfinished, name);
      const found = await orNull(stat(path));
      if (found && Date.now() - found.mtimeMs > ABANDONED_MS) await rm(path, { force: true });
    }
  }

  private newUnfinished(): string {
    return join(this.unfinished, randomUUID());
  }

  private pathOf(name: string): string {
    if (!isPictureName(name)) throw new Error(`${JSON.stringify(name)} is no name of a picture`);
    return join(this.folder, name.slice(0, 2), `${name}.jpg`);
  }
}

/** Does again what found its folder missing, with the folder: it is there but for the first few hundred times. */
async function inFolder(path: string, work: () => Promise<void>): Promise<void> {
  const isMissing = (await orNull(work())) === null;
  if (!isMissing) return;
  await mkdir(dirname(path), { recursive: true });
  await work();
}

async function orNull<T>(work: Promise<T>): Promise<T | null> {
  try {
    return await work;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
}
