import { errors } from "@opensearch-project/opensearch";
import { ExponentialBackoff, handleWhen, retry } from "cockatiel";

/** Some of a request's parts failed in a way that may pass; what is done already is not done again. */
export class PartlyFailed extends Error {
  override readonly name = "PartlyFailed";
}

/** Too many requests, and what proxies and nodes answer while a node is gone or overloaded. */
export function isTransientStatus(status: number | null | undefined): boolean {
  return status === 429 || status === 500 || status === 502 || status === 503 || status === 504;
}

/** Whether the same request may succeed a little later. All our requests can be repeated: they name what they write by id. */
export function isTransient(error: unknown): boolean {
  if (error instanceof errors.ResponseError) return isTransientStatus(error.statusCode) || blockReason(error) !== null;
  return (
    error instanceof PartlyFailed ||
    error instanceof errors.ConnectionError ||
    error instanceof errors.TimeoutError ||
    error instanceof errors.NoLivingConnectionsError ||
    error instanceof errors.DeserializationError
  );
}

/** Whether the server took a request for a wrong one, which it can be to an index that has taken the place of another. */
export function isRefused(outcome: unknown): boolean {
  return outcome instanceof Error && outcome.cause instanceof RefusedByServer;
}

/** Whether the server knows the caller, but not for this, or not at all. */
export function isDenied(error: unknown): error is errors.ResponseError {
  const denied = error instanceof errors.ResponseError && (error.statusCode === 401 || error.statusCode === 403);
  return denied && blockReason(error) === null;
}

/** Whether an item or a request was refused because writes are blocked: a disk is full, or an operator or a reindex does it. */
export function isBlock(type: unknown): boolean {
  return type === "cluster_block_exception" || type === "index_create_block_exception";
}

/** What the server says of a block that it refused a request for, by 403 as if the caller might not do it; null for anything else. */
export function blockReason(error: unknown): string | null {
  const { type, reason } = (error instanceof errors.ResponseError && error.body?.error) || {};
  return isBlock(type) ? String(reason) : null;
}

/** Whether the server, or a proxy before it, takes no request as large. */
export function isTooLarge(error: unknown): boolean {
  return error instanceof errors.ResponseError && error.statusCode === 413;
}

/** The server's own answer that a request is wrong; the cause of the error that is passed on. */
export class RefusedByServer extends Error {
  override readonly name = "RefusedByServer";
}

/** The time limit ended; the cause is the last failure, if there was one. */
export class GaveUp extends Error {
  override readonly name = "GaveUp";
}

/** Whether work ended, by its tries or by its time limit, when some of its parts had failed once more: all of them have an outcome then. */
export function isPartial(error: unknown): boolean {
  return error instanceof PartlyFailed || (error instanceof GaveUp && error.cause instanceof PartlyFailed);
}

/** Runs work again while it fails in passing: see `patiently`. */
export type Patience = <T>(work: (ended: AbortSignal) => Promise<T>, untilMs?: number) => Promise<T>;

/**
 * Runs work again, with growing and random pauses, while it fails in passing: until a time limit ends, or a number of times if
 * one is given. The signal that work is handed is aborted with the limit, so that nothing is begun once it was given up. `untilMs`, as
 * `Date.now()` tells it, is for work that shares its time limit with what came before it.
 */
export function patiently(limits: { attempts?: number; limitMs: number }): Patience {
  const again = retry(handleWhen(isTransient), {
    maxAttempts: limits.attempts ?? Number.POSITIVE_INFINITY,
    backoff: new ExponentialBackoff({ initialDelay: 100, maxDelay: 3_000 }),
  });
  return async (work, untilMs = Date.now() + limits.limitMs) => {
    let last: unknown;
    const ending = new AbortController();
    const gaveUp = () => new GaveUp(`no answer within ${limits.limitMs} ms`, { cause: last });
    const remembering = async () => {
      if (ending.signal.aborted) throw gaveUp();
      try {
        return await work(ending.signal);
      } catch (error) {
        last = error;
        throw error;
      }
    };
    // Not cockatiel's own time limit: it aborts a signal after every success, whose stack trace is a twentieth of a search.
    let timer: NodeJS.Timeout | undefined;
    const limit = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        const error = gaveUp();
        ending.abort(error);
        reject(error);
      }, untilMs - Date.now());
    });
    try {
      return await Promise.race([again.execute(remembering), limit]);
    } finally {
      clearTimeout(timer);
    }
  };
}
