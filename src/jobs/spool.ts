import { createHash, randomUUID } from "node:crypto";
import { mkdir, open, readdir, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { LikenessError } from "../domain/errors.js";
import type { ImportJob } from "../domain/jobs.js";
import type { SharedFiles } from "../domain/ports.js";
import type { Logger } from "../log.js";
import { makeFolder } from "../make-folder.js";
import { onDisk } from "./on-disk.js";

/** A file that came in and belongs to no job yet. */
export interface Spooled {
  readonly path: string;
  /** Its own name, made harmless; its ending tells of the format. */
  readonly name: string;
  /** SHA-256 (hex) of its bytes. */
  readonly digest: string;
  /** Lines in it; null for a compressed file. */
  readonly lines: number | null;
}

/** A file that nobody has written to for so long was left behind by a crash. */
const LEFT_BEHIND_MS = 60 * 60_000;
const LINE_FEED = 0x0a;

/** What of a job its file is found by. */
type JobOfFile = Pick<ImportJob, "id" | "source">;

/**
 * The catalogue files of the jobs, kept on disk until their job is finished: they may be larger than memory, and a job has
 * to find its file again after a restart. Where files are shared, that restart may be another gateway's.
 */
export class Spool {
  private constructor(
    private readonly folder: string,
    private readonly maxBytes: number,
    private readonly shared: SharedFiles | null,
    private readonly log: Logger | null,
  ) {}

  /** `maxBytes`: the largest file that is taken. */
  static async open(folder: string, maxBytes: number, shared: SharedFiles | null = null, log: Logger | null = null): Promise<Spool> {
    const spool = new Spool(folder, maxBytes, shared, log);
    makeFolder(spool.incoming);
    await spool.removeLeftBehind();
    return spool;
  }

  /**
   * Writes a stream to a file as it comes. Throws UPLOAD_TOO_LARGE past the limit, and IMPORTS_UNAVAILABLE; then, as when the stream
   * breaks off, nothing is kept.
   */
  async receive(name: string, chunks: AsyncIterable<Uint8Array>): Promise<Spooled> {
    const path = join(this.incoming, randomUUID());
    const file = await onDisk(open(path, "wx"));
    const hash = createHash("sha256");
    let bytes = 0;
    let lineFeeds = 0;
    let first: Uint8Array | null = null;
    let last: number | undefined;
    try {
      for await (const chunk of chunks) {
        first ??= chunk;
        bytes += chunk.length;
        if (bytes > this.maxBytes) throw this.tooLarge();
        hash.update(chunk);
        for (let at = chunk.indexOf(LINE_FEED); at !== -1; at = chunk.indexOf(LINE_FEED, at + 1)) lineFeeds++;
        last = chunk.at(-1) ?? last;
        await onDisk(file.writeFile(chunk));
      }
      await onDisk(file.datasync());
    } catch (error) {
      await rm(path, { force: true });
      throw error;
    } finally {
      await file.close();
    }
    const lines = bytes === 0 || last === LINE_FEED ? lineFeeds : lineFeeds + 1;
    return { path, name: plainName(name), digest: hash.digest("hex"), lines: first && isCompressed(first) ? null : lines };
  }

  /** Gives a file to a job. */
  async keep({ path, name, digest }: Spooled, jobId: string): Promise<string> {
    const kept = this.pathOf(jobId, digest, name);
    await onDisk(mkdir(dirname(kept), { recursive: true }));
    await onDisk(rename(path, kept));
    return kept;
  }

  /** Gives an uploaded file to a job, for other gateways too where files are shared. Throws IMPORTS_UNAVAILABLE. */
  async keepForAll(spooled: Spooled, jobId: string): Promise<void> {
    try {
      await this.shared?.write(fileName(jobId, spooled.digest), spooled.path);
    } catch (error) {
      // There will be no job: else each try while the bucket is away would leave its file on the disk.
      await this.discard(spooled);
      throw error;
    }
    await this.keep(spooled, jobId);
  }

  /** Removes a file that no job is to have. */
  async discard({ path }: Spooled): Promise<void> {
    await rm(path, { force: true });
  }

  /** The path of a job's file; null where this server has none. */
  async find({ id, source: { digest, name } }: JobOfFile): Promise<string | null> {
    if (digest === null) return null;
    const path = this.pathOf(id, digest, name);
    const found = await stat(path).catch(() => null);
    return found?.isFile() ? path : null;
  }

  /** Whether a job's file is on this disk or can be fetched to it. */
  async has(job: JobOfFile): Promise<boolean> {
    if ((await this.find(job)) !== null) return true;
    const { digest } = job.source;
    return this.shared !== null && digest !== null && (await this.shared.has(fileName(job.id, digest)));
  }

  /** Fetches a job's file that another gateway shared; null where there is none. Throws IMPORTS_UNAVAILABLE, and once `signal` is aborted. */
  async fetch({ id, source: { digest, name } }: JobOfFile, signal: AbortSignal): Promise<string | null> {
    const bytes = digest === null ? null : await this.shared?.read(fileName(id, digest));
    return bytes ? await this.keep(await this.receive(name, untilAborted(bytes, signal)), id) : null;
  }

  /** Called when a job is finished. It has ended all the same where its file cannot be removed, so the log alone is told of that. */
  async remove({ id, source: { digest, name } }: JobOfFile): Promise<void> {
    if (digest === null) return;
    try {
      await rm(dirname(this.pathOf(id, digest, name)), { recursive: true, force: true });
      await this.shared?.remove(fileName(id, digest));
    } catch (error) {
      this.log?.warn({ err: error, jobId: id }, "the file of an import could not be removed");
    }
  }

  /** Removes the files whose job no longer waits for them: a crash between its end and `remove`, or its end on another server. */
  async removeOrphans(waits: (jobId: string) => Promise<boolean>): Promise<void> {
    for (const name of await readdir(this.folder)) {
      const path = join(this.folder, name);
      if (path === this.incoming || !(await isLeftBehind(path))) continue;
      const jobId = name.slice(0, name.lastIndexOf("-"));
      if (!(await waits(jobId))) await rm(path, { recursive: true, force: true });
    }
  }

  private get incoming(): string {
    return join(this.folder, "incoming");
  }

  private pathOf(jobId: string, digest: string, name: string): string {
    return join(this.folder, fileName(jobId, digest), name);
  }

  private async removeLeftBehind(): Promise<void> {
    for (const name of await readdir(this.incoming)) {
      const path = join(this.incoming, name);
      if (await isLeftBehind(path)) await rm(path, { force: true });
    }
  }

  private tooLarge(): LikenessError {
    return new LikenessError(
      "UPLOAD_TOO_LARGE",
      `The catalogue is larger than ${this.maxBytes} bytes, the most that is allowed. Split it.`,
      {
        field: ["file"],
      },
    );
  }
}

/** The digest in it keeps two files apart that come with one idempotency key at the same time. */
function fileName(jobId: string, digest: string): string {
  return `${jobId}-${digest.slice(0, 16)}`;
}

/** A large file takes minutes, and who stops or cancels its import need not wait for its end. */
async function* untilAborted(bytes: AsyncIterable<Uint8Array>, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  for await (const chunk of bytes) {
    if (signal.aborted) throw new Error("The import was stopped before its file was fetched.");
    yield chunk;
  }
}

async function isLeftBehind(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => null);
  return found !== null && Date.now() - found.mtimeMs > LEFT_BEHIND_MS;
}

/** The last part of a path that a stranger gave, of harmless characters alone. */
export function plainName(name: string): string {
  const plain = basename(name)
    .replaceAll(/[^\w.-]+/g, "_")
    .replace(/^\.+/, "")
    .slice(-100);
  return plain || "catalogue";
}

/** By the first bytes of gzip (RFC 1952) and zip (PKWARE's APPNOTE, 4.3.7). */
function isCompressed(start: Uint8Array): boolean {
  return (start[0] === 0x1f && start[1] === 0x8b) || (start[0] === 0x50 && start[1] === 0x4b);
}
