import { randomUUID } from "node:crypto";
import { type ImportJob, NOTHING } from "../../src/domain/jobs.js";

/** A queued import of an upload. */
export function importJob(over: Partial<ImportJob> = {}): ImportJob {
  const source = { kind: "upload", name: "shop.ndjson", digest: "d".repeat(64) } as const;
  const reading = { format: "AUTO", currency: null, locale: null } as const;
  const none = { total: null, tally: NOTHING, failure: null, cancelRequested: false, starts: 0, lease: null, finishedAt: null };
  return { id: randomUUID(), state: "QUEUED", source, reading, request: "r", startedAt: new Date(), ...none, ...over };
}
