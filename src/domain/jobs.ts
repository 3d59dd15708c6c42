import type { CatalogFormat } from "./catalog-format.js";
import type { ErrorCode } from "./errors.js";

export type JobState = "QUEUED" | "RUNNING" | "SUCCEEDED" | "FAILED" | "CANCELLED";

/** How many rows of a catalogue had which end. */
export interface Tally {
  read: number;
  created: number;
  updated: number;
  unchanged: number;
  failed: number;
}

export const NOTHING: Readonly<Tally> = { read: 0, created: 0, updated: 0, unchanged: 0, failed: 0 };

/** A row that was not ingested. */
export interface RowFailure {
  /** Position among the rows of the file, from 0. */
  readonly row: number;
  /** Physical line of the file, from 1, where the row begins. */
  readonly line: number;
  readonly id: string | null;
  readonly code: ErrorCode;
  readonly field: readonly string[] | null;
  readonly message: string;
}

/** Where the catalogue comes from. `digest` is the SHA-256 (hex) of its bytes; null for a URL that was not fetched yet. */
export type JobSource =
  | { readonly kind: "upload"; readonly name: string; readonly digest: string }
  | { readonly kind: "url"; readonly name: string; readonly url: string; readonly digest: string | null };

/** How a catalogue is read where its rows leave that open. */
export interface CatalogReading {
  readonly format: CatalogFormat;
  /** ISO 4217 code of prices that name none. */
  readonly currency: string | null;
  /** The language wanted of a format that has several, such as `de_DE`. */
  readonly locale: string | null;
}

/** The right of one process to work on a job, which ends by itself unless it is prolonged. */
export interface Lease {
  readonly owner: string;
  /** Milliseconds since 1970. */
  readonly untilMs: number;
}

/** An import of a whole catalogue. All of it is kept, so that any process can go on with it. */
export interface ImportJob {
  readonly id: string;
  readonly state: JobState;
  readonly source: JobSource;
  readonly reading: CatalogReading;
  /** SHA-256 (hex) of what was asked for, by which a repeated idempotency key is told from a misused one. */
  readonly request: string;
  /** Rows of the file; null while that is not known. */
  readonly total: number | null;
  /** Of the rows that are done: the first `tally.read` rows of the file. */
  readonly tally: Readonly<Tally>;
  /** Why a FAILED job could not be finished. */
  readonly failure: { readonly code: ErrorCode; readonly message: string } | null;
  readonly cancelRequested: boolean;
  /** How often work on it was begun since a row of it was done last. */
  readonly starts: number;
  readonly lease: Lease | null;
  /** When the import was asked for. */
  readonly startedAt: Date;
  readonly finishedAt: Date | null;
}

/** A job as it was read; `version` changes with each save of it. */
export interface StoredJob {
  readonly job: ImportJob;
  readonly version: string;
}

/** Thrown by a save where the job was saved by somebody else since it was read. */
export class JobChanged extends Error {
  override readonly name = "JobChanged";
}

/** Keeps jobs and their failures durably: what was saved outlives the process. */
export interface JobStore {
  /** Whether other gateways take jobs from it too, of whose uploads this one may have no file. */
  readonly isShared: boolean;
  /** Keeps a new job, or gives back the one that has its id already. */
  create(job: ImportJob): Promise<{ readonly stored: StoredJob; readonly created: boolean }>;
  get(id: string): Promise<StoredJob | null>;
  /**
   * Leases the oldest job that nobody works on: one that is queued, or running under a lease that is dead. Null when there is
   * none. The dead lease can be that of `lease.owner` itself, from a job that it could not let go of in order.
   */
  claim(lease: Lease, canRun: (job: ImportJob) => Promise<boolean>): Promise<StoredJob | null>;
  /**
   * Keeps a job as it is now, and with it the failures of the rows that it newly tells of. Throws JobChanged when it was saved
   * since `version`.
   */
  save(stored: StoredJob, failures?: readonly RowFailure[]): Promise<StoredJob>;
  /** In the order of the rows; those alone that the job's tally counts. */
  failures(id: string): AsyncIterable<RowFailure>;
  /** Forgets the jobs that ended before a time, and their failures. Resolves to how many. */
  prune(endedBefore: Date): Promise<number>;
  close(): Promise<void>;
}

/** Leases the first of `candidates` that can run here and that no other process takes first; null when there is none. */
export async function claimFirst(
  store: Pick<JobStore, "save">,
  candidates: readonly StoredJob[],
  lease: Lease,
  canRun: (job: ImportJob) => Promise<boolean>,
): Promise<StoredJob | null> {
  for (const { job, version } of candidates) {
    if (!(await canRun(job))) continue;
    try {
      return await store.save({ job: { ...job, state: "RUNNING", starts: job.starts + 1, lease }, version });
    } catch (error) {
      if (!(error instanceof JobChanged)) throw error;
    }
  }
  return null;
}

export function isFinished({ state }: ImportJob): boolean {
  return state === "SUCCEEDED" || state === "FAILED" || state === "CANCELLED";
}
