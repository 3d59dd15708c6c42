import type { JobStore } from "../domain/jobs.js";
import type { Logger } from "../log.js";
import type { Jobs } from "./open-jobs.js";

const EVERY_MS = 60 * 60_000;

export interface PruneJobsOptions extends Pick<Jobs, "removeOrphans"> {
  readonly store: Pick<JobStore, "prune">;
  readonly keepMs: number;
  readonly log: Logger;
}

/**
 * Forgets jobs `keepMs` after their end, now and every hour; gives what ends this. Every hour it removes files too whose jobs another
 * gateway has worked on or cancelled: else they would fill the disk until the next start.
 */
export function pruneJobs({ store, removeOrphans, keepMs, log }: PruneJobsOptions): () => void {
  const prune = async (): Promise<void> => {
    try {
      const pruned = await store.prune(new Date(Date.now() - keepMs));
      if (pruned > 0) log.info({ pruned }, "old imports forgotten");
    } catch (error) {
      log.warn({ err: error }, "old imports could not be forgotten; tried again in an hour");
    }
  };
  const removeFiles = () =>
    removeOrphans().catch((error) => log.warn({ err: error }, "files of imports could not be removed; tried again in an hour"));
  void prune();
  const timer = setInterval(() => void prune().then(removeFiles), EVERY_MS).unref();
  return () => clearInterval(timer);
}
