import type { JobStore } from "../domain/jobs.js";
import type { Logger } from "../log.js";

const EVERY_MS = 60 * 60_000;

/** Forgets jobs `keepMs` after their end, now and every hour; gives what ends this. */
export function pruneJobs(store: Pick<JobStore, "prune">, keepMs: number, log: Logger): () => void {
  const prune = async (): Promise<void> => {
    try {
      const pruned = await store.prune(new Date(Date.now() - keepMs));
      if (pruned > 0) log.info({ pruned }, "old imports forgotten");
    } catch (error) {
      log.warn({ err: error }, "old imports could not be forgotten; tried again in an hour");
    }
  };
  void prune();
  const timer = setInterval(prune, EVERY_MS).unref();
  return () => clearInterval(timer);
}
