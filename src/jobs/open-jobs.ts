import { join } from "node:path";
import { isFinished, type JobStore } from "../domain/jobs.js";
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
  readonly workers: number;
  readonly leaseMs: number;
  readonly log: Logger;
}

export interface Jobs {
  readonly imports: ImportCatalogs;
  readonly spool: Spool;
  readonly runner: JobRunner;
}

/** The imports of one server, put together; `runner.start` begins the work on them. */
export async function openJobs({ store, folder, maxBytes, workers, leaseMs, log, products, downloads }: JobsOptions): Promise<Jobs> {
  const spool = await Spool.open(join(folder, "files"), maxBytes);
  await spool.removeOrphans(async (id) => {
    const stored = await store.get(id);
    return stored !== null && !isFinished(stored.job);
  });
  const runner = new JobRunner(store, {
    workers,
    leaseMs,
    log,
    // The file of an upload may be on another server's disk, which then goes on with it; to end a cancelled job takes no file.
    canRun: async (job) => job.cancelRequested || job.source.kind === "url" || (await spool.find(job)) !== null,
    run: (held) => runImport(held, { products, spool, downloads }),
    onFinished: (job) => spool.remove(job),
  });
  return { imports: new ImportCatalogs(store, spool, runner), spool, runner };
}
