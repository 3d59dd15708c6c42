import { createReadStream } from "node:fs";
import { appendFile, mkdir, readdir, readFile, rename, rm, stat, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { LikenessError } from "../domain/errors.js";
import {
  claimFirst,
  type ImportJob,
  isFinished,
  JobChanged,
  type JobStore,
  type Lease,
  type RowFailure,
  type StoredJob,
} from "../domain/jobs.js";
import { splitLines } from "../ingest/readers/lines.js";
import type { Logger } from "../log.js";
import { makeFolder } from "../make-folder.js";
import { onDisk } from "./on-disk.js";

/** `job.json`: the job, how often it was saved, and how much of `errors.ndjson` belongs to it. */
interface Journal {
  readonly revision: number;
  readonly errorBytes: number;
  readonly job: ImportJob;
}

/**
 * Jobs in a folder each: `<id>/job.json` and `<id>/errors.ndjson`. One process at a time owns the folder (it holds the lock
 * of the index beside it), so a lease of any other owner is that of a dead process, whenever it ends.
 */
export class DiskJobStore implements JobStore {
  readonly isShared = false;
  /** Ends when the last change that was asked for has ended: changes are made one after the other. */
  private lastChange: Promise<unknown> = Promise.resolve();
  /** Jobs whose damage the log has been told of: they are met whenever a worker looks for a job. */
  private readonly damaged = new Set<string>();

  private constructor(
    private readonly folder: string,
    private readonly log: Logger | null,
  ) {}

  static async open(folder: string, log: Logger | null = null): Promise<DiskJobStore> {
    makeFolder(folder);
    return new DiskJobStore(folder, log);
  }

  async create(job: ImportJob): Promise<{ stored: StoredJob; created: boolean }> {
    return await this.inTurn(async () => {
      const known = await this.get(job.id);
      if (known) return { stored: known, created: false };
      await mkdir(join(this.folder, job.id), { recursive: true });
      await this.write({ revision: 0, errorBytes: 0, job });
      return { stored: { job, version: "0" }, created: true };
    });
  }

  async get(id: string): Promise<StoredJob | null> {
    const journal = await this.read(id);
    return journal && { job: journal.job, version: String(journal.revision) };
  }

  async claim(lease: Lease, canRun: (job: ImportJob) => Promise<boolean>): Promise<StoredJob | null> {
    const waiting = (await this.all())
      .filter(({ job }) => !isFinished(job) && !isLive(job.lease, lease.owner))
      .sort((a, b) => a.job.startedAt.getTime() - b.job.startedAt.getTime());
    return await claimFirst(this, waiting, lease, canRun);
  }

  async save({ job, version }: StoredJob, failures: readonly RowFailure[] = []): Promise<StoredJob> {
    return await this.inTurn(async () => {
      const before = await this.read(job.id);
      if (!before || String(before.revision) !== version) throw new JobChanged(`job ${job.id} was saved since`);
      const restarted = job.tally.read < before.job.tally.read;
      const errorBytes = await this.append(job.id, restarted ? 0 : before.errorBytes, failures);
      const revision = before.revision + 1;
      await this.write({ revision, errorBytes, job });
      return { job, version: String(revision) };
    });
  }

  async *failures(id: string): AsyncGenerator<RowFailure> {
    const journal = await this.read(id);
    if (!journal || journal.errorBytes === 0) return;
    const bytes = createReadStream(this.errorsPath(id), { end: journal.errorBytes - 1 });
    for await (const read of splitLines(bytes)) {
      if ("error" in read) throw read.error;
      yield JSON.parse(read.text) as RowFailure;
    }
  }

  async prune(endedBefore: Date): Promise<number> {
    const ended = (await this.all()).filter(({ job }) => job.finishedAt && job.finishedAt < endedBefore);
    for (const { job } of ended) await this.inTurn(() => rm(join(this.folder, job.id), { recursive: true, force: true }));
    return ended.length;
  }

  async close(): Promise<void> {
    await this.lastChange;
  }

  /** Writes failures behind the `at` bytes that count; what a crash left behind them is cut off. */
  private async append(id: string, at: number, failures: readonly RowFailure[]): Promise<number> {
    if (failures.length === 0) return at;
    const path = this.errorsPath(id);
    const found = await stat(path).catch(() => null);
    if (found && found.size > at) await truncate(path, at);
    const text = failures.map((failure) => `${JSON.stringify(failure)}\n`).join("");
    await appendFile(path, text, { flush: true });
    return at + Buffer.byteLength(text);
  }

  /** Written beside and renamed, so that a crash leaves the old journal or the new one. */
  private async write(journal: Journal): Promise<void> {
    const path = join(this.folder, journal.job.id, "job.json");
    await writeFile(`${path}.new`, JSON.stringify(journal), { flush: true });
    await rename(`${path}.new`, path);
  }

  /**
   * Null for a job that is not there; ids come from clients, so one that is no plain name is not looked for. Throws
   * IMPORTS_UNAVAILABLE for a journal that is damaged.
   */
  private async read(id: string): Promise<Journal | null> {
    if (!/^[\w-]{1,80}$/.test(id)) return null;
    const path = join(this.folder, id, "job.json");
    try {
      return revive(JSON.parse(await readFile(path, "utf8")) as Journal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
      if (!(error instanceof SyntaxError)) throw error;
      throw new LikenessError("IMPORTS_UNAVAILABLE", `The import's ${path} is damaged: remove its folder, and import again.`, {
        cause: error,
      });
    }
  }

  /** Without those whose journal is damaged: one must not hold up all others. */
  private async all(): Promise<StoredJob[]> {
    const entries = await readdir(this.folder, { withFileTypes: true });
    const folders = entries.filter((each) => each.isDirectory());
    const jobs = await Promise.all(folders.map(({ name }) => this.get(name).catch((error) => this.passOver(name, error))));
    return jobs.filter((each) => each !== null);
  }

  private passOver(id: string, error: unknown): null {
    if (!(error instanceof LikenessError)) throw error;
    if (!this.damaged.has(id)) this.log?.warn({ err: error, job: id }, "an import cannot be read, and is passed over");
    this.damaged.add(id);
    return null;
  }

  private errorsPath(id: string): string {
    return join(this.folder, id, "errors.ndjson");
  }

  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.lastChange.then(() => onDisk(work()));
    this.lastChange = turn.catch(() => {});
    return turn;
  }
}

/** Whether `owner`, the one process of the folder, works under a lease: any other's is dead. */
function isLive(lease: Lease | null, owner: string): boolean {
  return lease !== null && lease.owner === owner && lease.untilMs > Date.now();
}

function revive(journal: Journal): Journal {
  const { job } = journal;
  const finishedAt = job.finishedAt && new Date(job.finishedAt);
  return { ...journal, job: { ...job, startedAt: new Date(job.startedAt), finishedAt } };
}
