import { hash, randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { atField, badInput, LikenessError } from "../domain/errors.js";
import {
  type CatalogReading,
  type ImportJob,
  isFinished,
  JobChanged,
  type JobSource,
  type JobStore,
  NOTHING,
  type RowFailure,
  type StoredJob,
} from "../domain/jobs.js";
import { readWebUrl } from "../domain/web-url.js";
import type { JobRunner } from "./job-runner.js";
import { rowsOf } from "./run-import.js";
import { plainName, type Spool, type Spooled } from "./spool.js";

/** What is to be imported: a file that was received, or the URL of one. */
export type GivenCatalog = { readonly file: Spooled } | { readonly url: string };

/** How often a job is looked at for all who follow it here: it may run on another server. */
const LOOK_EVERY_MS = 500;

/** The use case: imports of whole catalogues as durable jobs, to be started, looked at, followed and cancelled. */
export class ImportCatalogs {
  private readonly stopping = new AbortController();
  /** The next look at each job that somebody follows. */
  private readonly looks = new Map<string, Promise<StoredJob | null>>();

  constructor(
    private readonly store: JobStore,
    private readonly spool: Spool,
    private readonly runner: JobRunner,
  ) {}

  /** The job is kept when this resolves. Throws BAD_USER_INPUT when the key was used for another import, URL_NOT_ALLOWED, and IMPORTS_UNAVAILABLE. */
  async start(given: GivenCatalog, reading: CatalogReading, idempotencyKey: string | null): Promise<ImportJob> {
    const id = idempotencyKey === null ? randomUUID() : sha256(idempotencyKey).slice(0, 32);
    const source = sourceOf(given);
    const request = sha256(JSON.stringify(["url" in given ? given.url : given.file.digest, reading]));
    const total = "file" in given ? rowsOf(given.file, reading.format) : null;
    const times = { startedAt: new Date(), finishedAt: null };
    const none = { tally: NOTHING, failure: null, cancelRequested: false, starts: 0, lease: null };
    const job: ImportJob = { id, state: "QUEUED", source, reading, request, total, ...none, ...times };
    const known = await this.store.get(id);
    if (known) return await this.repeated(known.job, request, given);
    if ("file" in given) await this.spool.keepForAll(given.file, id);
    const { stored, created } = await this.store.create(job);
    if (!created) {
      // The call that was quicker brought another file: this one was kept for a job that is not there.
      if (stored.job.source.digest !== source.digest) await this.spool.remove({ id, source });
      return await this.repeated(stored.job, request, given);
    }
    this.runner.wake();
    return stored.job;
  }

  async get(id: string): Promise<ImportJob | null> {
    return (await this.store.get(id))?.job ?? null;
  }

  /** Ends a job; one that has ended stays as it is. What was ingested stays ingested. Throws NOT_FOUND. */
  async cancel(id: string): Promise<ImportJob> {
    for (;;) {
      const stored = await this.store.get(id);
      if (!stored) throw notFound(id);
      const { job } = stored;
      if (isFinished(job)) return job;
      const end: Partial<ImportJob> = job.state === "QUEUED" ? { state: "CANCELLED", finishedAt: new Date() } : {};
      try {
        const saved = await this.store.save({ ...stored, job: { ...job, ...end, cancelRequested: true } });
        this.runner.cancel(id);
        if (isFinished(saved.job)) await this.spool.remove(saved.job);
        return saved.job;
      } catch (error) {
        if (!(error instanceof JobChanged)) throw error;
      }
    }
  }

  /**
   * The job now and after each change, the last time when it has ended; who takes them slowly gets the latest. Throws NOT_FOUND. Ends
   * early by `gone` and when the server stops.
   */
  async follow(id: string, gone: AbortSignal): Promise<AsyncGenerator<ImportJob>> {
    const stored = await this.store.get(id);
    if (!stored) throw notFound(id);
    return this.changes(stored, gone);
  }

  /** What failed so far, in the order of the rows. */
  failures(id: string): AsyncIterable<RowFailure> {
    return this.store.failures(id);
  }

  /** Ends what follows jobs, and puts those that are worked on here back into the queue. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.runner.stop();
  }

  /** By a signal: a generator that waits for a change does not hear of its `return` before that. */
  private async *changes(first: StoredJob, gone: AbortSignal): AsyncGenerator<ImportJob> {
    let version: string | null = null;
    for (let stored: StoredJob | null = first; stored && !gone.aborted; stored = await this.nextLook(first.job.id)) {
      if (stored.version !== version) yield stored.job;
      version = stored.version;
      if (isFinished(stored.job)) return;
    }
  }

  /** One for all who wait for it, so that a store is asked no more often for many. Null when the job is gone, and when the server stops. */
  private nextLook(id: string): Promise<StoredJob | null> {
    const look = this.looks.get(id) ?? this.lookLater(id);
    this.looks.set(id, look);
    return look;
  }

  private async lookLater(id: string): Promise<StoredJob | null> {
    const { signal } = this.stopping;
    await delay(LOOK_EVERY_MS, undefined, { signal }).catch(() => {});
    // Before it is read: who asks from now on may have seen a later state already.
    this.looks.delete(id);
    return signal.aborted ? null : await this.store.get(id);
  }

  private async repeated(job: ImportJob, request: string, given: GivenCatalog): Promise<ImportJob> {
    if ("file" in given) await this.spool.discard(given.file);
    if (job.request === request) return job;
    throw badInput("This idempotencyKey was used for another catalogue, format, currency or locale: give each import its own key.", [
      "idempotencyKey",
    ]);
  }
}

function sourceOf(given: GivenCatalog): JobSource {
  if ("file" in given) return { kind: "upload", name: given.file.name, digest: given.file.digest };
  return { kind: "url", name: plainName(webUrl(given.url).pathname), url: given.url, digest: null };
}

/** Refuses what no fetch could ever take before there is a job. */
function webUrl(text: string): URL {
  try {
    return readWebUrl(text);
  } catch (error) {
    throw atField(error, ["url"]);
  }
}

function notFound(id: string): LikenessError {
  return new LikenessError("NOT_FOUND", `There is no import ${JSON.stringify(id.slice(0, 80))}.`, { field: ["id"] });
}

function sha256(text: string): string {
  return hash("sha256", text, "hex");
}
