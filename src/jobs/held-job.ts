import { type ImportJob, JobChanged, type JobStore, type RowFailure, type StoredJob } from "../domain/jobs.js";

/** What ended the work on a job: its client, the stop of this server, or another server that holds its lease now. */
export type StopReason = "cancelled" | "stopping" | "lost";

/**
 * A job that this process has the lease of. Its saves are made one after the other; a save that meets somebody else's (a
 * cancel) is made again on top of it. The lease is prolonged by itself until `release`.
 */
export class HeldJob {
  private lastSave: Promise<unknown> = Promise.resolve();
  private readonly prolonging: NodeJS.Timeout;
  /** Whether a save that only prolongs the lease waits or is made. */
  private isProlonging = false;
  private readonly stopped = new AbortController();
  private confirmedMs = Date.now();

  constructor(
    private readonly store: JobStore,
    private stored: StoredJob,
    private readonly owner: string,
    private readonly leaseMs: number,
  ) {
    this.prolonging = setInterval(() => void this.prolong(), leaseMs / 3);
    if (stored.job.cancelRequested) this.stop("cancelled");
  }

  get job(): ImportJob {
    return this.stored.job;
  }

  /** Aborted, with a StopReason, when the work has to end. */
  get signal(): AbortSignal {
    return this.stopped.signal;
  }

  stop(reason: StopReason): void {
    if (!this.stopped.signal.aborted) this.stopped.abort(reason);
  }

  /** Saves changes and the failures they tell of, and prolongs the lease. Throws JobChanged once another has the lease. */
  async save(changes: Partial<ImportJob>, failures: readonly RowFailure[] = []): Promise<void> {
    const saved = this.lastSave.then(() => this.saveNow(changes, failures));
    this.lastSave = saved.catch(() => {});
    await saved;
  }

  /** The last save: the lease goes with it. */
  async release(changes: Partial<ImportJob>): Promise<void> {
    clearInterval(this.prolonging);
    await this.save({ ...changes, lease: null });
  }

  /** Lets go of a job without a word, because it is another's already. */
  abandon(): void {
    clearInterval(this.prolonging);
  }

  private async saveNow(changes: Partial<ImportJob>, failures: readonly RowFailure[]): Promise<void> {
    for (;;) {
      const lease = { owner: this.owner, untilMs: Date.now() + this.leaseMs };
      const { job, version } = this.stored;
      try {
        this.stored = await this.store.save({ job: { ...job, lease, ...changes }, version }, failures);
        this.confirmedMs = Date.now();
        return;
      } catch (error) {
        if (!(error instanceof JobChanged)) throw error;
        await this.reread();
      }
    }
  }

  /** Somebody saved the job: a client who cancels it, or a server that took it over. */
  private async reread(): Promise<void> {
    const now = await this.store.get(this.job.id);
    if (now?.job.lease?.owner !== this.owner) {
      this.stop("lost");
      throw new JobChanged(`job ${this.job.id} is worked on by another server`);
    }
    this.stored = now;
    if (now.job.cancelRequested) this.stop("cancelled");
  }

  private async prolong(): Promise<void> {
    // Else one for each time it was due would wait for a store that is away, and the end of the work for all of them.
    if (this.isProlonging) return;
    this.isProlonging = true;
    try {
      await this.save({});
    } catch {
      // Past its end another server may have the job; until then the next try may succeed.
      if (Date.now() - this.confirmedMs > this.leaseMs) this.stop("lost");
    } finally {
      this.isProlonging = false;
    }
  }
}
