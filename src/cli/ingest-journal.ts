import { createHash } from "node:crypto";
import { mkdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import type { Tally } from "../domain/jobs.js";

/** How far an ingest of a file has come. */
export interface Position {
  readonly lastLine: number;
  readonly tally: Tally;
}

/**
 * Remembers the last finished batch of one file, so that an ingest that was stopped goes on from there. The name holds a
 * hash of the file's path, size and time and of what else the outcome depends on: any change starts from the beginning.
 */
export class IngestJournal {
  private constructor(private readonly path: string) {}

  static async open(dataDir: string, file: string, dependsOn: readonly unknown[]): Promise<IngestJournal> {
    const { size, mtimeMs } = await stat(file);
    const key = JSON.stringify([resolve(file), size, mtimeMs, ...dependsOn]);
    const hash = createHash("sha256").update(key).digest("hex").slice(0, 16);
    return new IngestJournal(join(dataDir, `ingest-${hash}.json`));
  }

  /** Null when there is none, or none that can be read: starting over is always safe, since ingest is idempotent. */
  async read(): Promise<Position | null> {
    try {
      const position: Position = JSON.parse(await readFile(this.path, "utf8"));
      return Number.isInteger(position.lastLine) && Number.isInteger(position.tally?.read) ? position : null;
    } catch {
      return null;
    }
  }

  /** Written beside and renamed, so that a crash leaves the old position or the new one. */
  async write(position: Position): Promise<void> {
    await mkdir(dirname(this.path), { recursive: true });
    await writeFile(`${this.path}.new`, JSON.stringify(position));
    await rename(`${this.path}.new`, this.path);
  }

  /** Called when the file is done. */
  async clear(): Promise<void> {
    await rm(this.path, { force: true });
  }
}
