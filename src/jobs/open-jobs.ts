import { join } from "node:path";
import { LikenessError } from "../domain/errors.js";
import { type ImportJob, isFinished, type JobStore } from "../domain/jobs.js";
import type { SharedFiles } from "../domain/ports.js";
import type { Logger } from "../log.js";
import { ImportCatalogs } from "./import-catalogs.js";
import { JobRunner } from "./job-runner.js";
import { type ImportParts, runImport } from "./run-import.js";
import { Spool } from "./spool.js";

export interface JobsOptions extends Omit<ImportParts, "spool"> {
  readonly store: JobStore;
  /** Folder of the files that wait to be imported. */
  readonly folder: string;
  readonly maxBytes: number;
  /** Where uploads are kept for other gateways; null where there are none. */
  readonly shared: SharedFiles | null;
  readonly workers: number;
  readonly leaseMs: number;
  readonly log: Logger;
}

export interface Jobs {
  readonly imports: ImportCatalogs;
  readonly spool: Spool;
  readonly runner: JobRunner;
  /** Removes files whose imports have ended elsewhere; those of a crash were at the start. */
  readonly removeOrphans: () => Promise<void>;
}

/** The imports of one server, put together; `runner.start` begins the work on them. */
export async function openJobs(options: JobsOptions): Promise<Jobs> {
  const { store, folder, maxBytes, shared, workers, leaseMs, log, products, downloads } = options;
  const spool = await Spool.open(join(folder, "files"), maxBytes, shared, log);
  const waits = async (id: string): Promise<boolean> => {
    try {
      const stored = await store.get(id);
      return stored !== null && !isFinished(stored.job);
    } catch (error) {
      if (!(error instanceof LikenessError)) throw error;
      // One import that is damaged must not keep the server from all others.
      log.warn({ err: error, job: id }, "the file of an import that cannot be read is kept");
      return true;
    }
  };
  const removeOrphans = () => spool.removeOrphans(waits);
  await removeOrphans();
  const isAlone = !store.isShared && shared === null;
  // While the bucket of uploads is away, one that lies there alone must not hold up what comes after it.
  const hasFile = async (job: ImportJob) =>
    await spool.has(job).catch((error) => {
      log.warn({ err: error, jobId: job.id }, "the file of an import cannot be looked for; it waits");
      return false;
    });
  const runner = new JobRunner(store, {
    workers,
    leaseMs,
    log,
    // The file of an upload may be on another server's disk alone, which then goes on with it; to end a cancelled job takes none, and
    // a job whose file nobody can have is to fail.
    canRun: async (job) => job.cancelRequested || job.source.kind === "url" || isAlone || (await hasFile(job)),
    run: (held) => runImport(held, { products, spool, downloads }),
    onFinished: (job) => spool.remove(job),
  });
  return { imports: new ImportCatalogs(store, spool, runner), spool, runner, removeOrphans };
}
