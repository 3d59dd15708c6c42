import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { LikenessError } from "../domain/errors.js";
import type { ImportJob, JobStore, StoredJob } from "../domain/jobs.js";
import type { Logger } from "../log.js";
import { HeldJob } from "./held-job.js";

export interface JobRunnerOptions {
  /** Jobs at a time in this process. */
  readonly workers: number;
  /** How long a job stays with a server that says nothing. */
  readonly leaseMs: number;
  /** Whether this server has what the job needs. */
  readonly canRun: (job: ImportJob) => Promise<boolean>;
  /** Works on a job until it is done or its signal is aborted; throws when it cannot go on. */
  readonly run: (held: HeldJob) => Promise<void>;
  /** Told of each job that came to its end here. */
  readonly onFinished: (job: ImportJob) => Promise<void>;
  readonly log: Logger;
}

/** Takes jobs from the store, oldest first, and works on several at a time; also on those of a server that died. */
export class JobRunner {
  private readonly owner = randomUUID();
  private readonly held = new Map<string, HeldJob>();
  private readonly stopping = new AbortController();
  private readonly waking = new EventTarget();
  /** How often it was woken: a job that comes while a worker looks for one would else wait until the next look. */
  private wakes = 0;
  private workers: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly store: JobStore,
    private readonly options: JobRunnerOptions,
  ) {}

  start(): void {
    this.workers = Promise.all(Array.from({ length: this.options.workers }, () => this.work()));
  }

  /** To be called when there is a new job, which is then begun at once. */
  wake(): void {
    this.wakes++;
    this.waking.dispatchEvent(new Event("wake"));
  }

  /** Ends the work on a job, if it is done here. */
  cancel(id: string): void {
    this.held.get(id)?.stop("cancelled");
  }

  /** Ends the work after the batches in hand; the jobs wait in the queue for the next start. */
  async stop(): Promise<void> {
    this.stopping.abort();
    for (const held of this.held.values()) held.stop("stopping");
    await this.workers;
  }

  private async work(): Promise<void> {
    while (!this.stopping.signal.aborted) {
      const { wakes } = this;
      const stored = await this.claim();
      if (stored) await this.finish(stored);
      else if (wakes === this.wakes) await this.pause();
    }
  }

  private async claim(): Promise<StoredJob | null> {
    const { leaseMs, canRun, log } = this.options;
    try {
      const lease = { owner: this.owner, untilMs: 0 };
      return await this.store.claim(lease, async (job) => {
        if (this.held.has(job.id) || !(await canRun(job))) return false;
        // Only now: to look for a job, and for its file, may have taken as long as a lease.
        lease.untilMs = Date.now() + leaseMs;
        return true;
      });
    } catch (error) {
      log.warn({ err: error }, "the queue of imports could not be read");
      return null;
    }
  }

  private async finish(stored: StoredJob): Promise<void> {
    const { leaseMs, run, onFinished, log } = this.options;
    const held = new HeldJob(this.store, stored, this.owner, leaseMs);
    const { id } = stored.job;
    this.held.set(id, held);
    if (this.stopping.signal.aborted) held.stop("stopping");
    log.info({ jobId: id, rowsDone: stored.job.tally.read }, "import taken up");
    try {
      const failure = await run(held).then(
        () => null,
        (error: unknown) => error,
      );
      const end = this.endOf(held, failure);
      if (end) await held.release(end);
      else held.abandon();
      const { state, tally, failure: why } = held.job;
      log.info({ jobId: id, state, ...tally, ...(why && { why }) }, "import let go");
      if (end?.finishedAt) await onFinished(held.job);
    } catch (error) {
      held.abandon();
      log.warn({ err: error, jobId: id }, "the end of an import could not be kept; its lease runs out");
    } finally {
      this.held.delete(id);
    }
  }

  /** What is saved of a job that is no longer worked on; null when another server has it. */
  private endOf(held: HeldJob, failure: unknown): Partial<ImportJob> | null {
    const { aborted, reason } = held.signal;
    const finishedAt = new Date();
    if (aborted && reason === "lost") return null;
    if (aborted && reason === "stopping") return { state: "QUEUED", starts: 0 };
    if (aborted) return { state: "CANCELLED", finishedAt };
    if (failure === null) return { state: "SUCCEEDED", finishedAt };
    const known = failure instanceof LikenessError ? failure : null;
    // The disk and the bucket of imports have no log of their own, as index and encoder have.
    if (!known || known.code === "IMPORTS_UNAVAILABLE") this.options.log.error({ err: failure, jobId: held.job.id }, "an import failed");
    const code = known?.code ?? "INTERNAL_SERVER_ERROR";
    return {
      state: "FAILED",
      finishedAt,
      failure: { code, message: known?.message ?? "The import met an internal error; the log has its cause." },
    };
  }

  /** Until a job comes, or another server's lease may have run out. */
  private async pause(): Promise<void> {
    const done = new AbortController();
    const signal = AbortSignal.any([done.signal, this.stopping.signal]);
    const woken = once(this.waking, "wake", { signal });
    await Promise.race([woken, delay(this.options.leaseMs / 3, undefined, { signal })]).catch(() => {});
    done.abort();
    await woken.catch(() => {});
  }
}
