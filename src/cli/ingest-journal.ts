import { createHash } from "node:crypto";
import { readdir, readFile, rm, stat } from "node:fs/promises";
import { dirname, extname, join, resolve } from "node:path";
import type { Tally } from "../domain/jobs.js";
import { makeFolder } from "../make-folder.js";
import { replaceFile } from "../replace-file.js";

/** Hundreds of thousands of them may lie beside a catalogue, and its rows do not come from them. */
const PICTURES = new Set([".jpg", ".jpeg", ".png", ".webp", ".avif", ".gif"]);

/** How far an ingest of a file has come. */
export interface Position {
  readonly lastLine: number;
  readonly tally: Tally;
}

/**
 * Remembers the last finished batch of one catalogue, so that an ingest that was stopped goes on from there. The name holds a
 * hash of the catalogue's path, of the sizes and times of its files, and of what else the outcome depends on: any change starts
 * from the beginning.
 */
export class IngestJournal {
  private constructor(private readonly path: string) {}

  static async open(dataDir: string, file: string, dependsOn: readonly unknown[]): Promise<IngestJournal> {
    const key = JSON.stringify([resolve(file), await stateOf(file), ...dependsOn]);
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

  async write(position: Position): Promise<void> {
    makeFolder(dirname(this.path));
    replaceFile(this.path, JSON.stringify(position));
  }

  /** Called when the file is done. */
  async clear(): Promise<void> {
    await rm(this.path, { force: true });
  }
}

/** Sizes and times of a file, or of all files of a folder but pictures. */
async function stateOf(path: string): Promise<readonly unknown[]> {
  const found = await stat(path);
  if (!found.isDirectory()) return [found.size, found.mtimeMs];
  const names = (await readdir(path, { recursive: true })).filter((name) => !PICTURES.has(extname(name).toLowerCase())).sort();
  return await Promise.all(
    names.map(async (name) => {
      // A link may lead nowhere.
      const file = await stat(join(path, name)).catch(() => null);
      return [name, file?.size, file?.mtimeMs];
    }),
  );
}
