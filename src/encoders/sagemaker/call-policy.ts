import {
  bulkhead,
  type CircuitBreakerPolicy,
  ConsecutiveBreaker,
  circuitBreaker,
  decorrelatedJitterGenerator,
  ExponentialBackoff,
  handleWhen,
  retry,
  wrap,
} from "cockatiel";
import { CallFailure } from "./call-failure.js";

export interface CallPolicyOptions {
  /** Calls under way at a time; further ones wait. */
  readonly concurrency: number;
  /** Tries after the first one; a model that is still starting is waited for apart from these. */
  readonly retries: number;
  /** The first wait is about this long, each later one about twice the one before, all with jitter. */
  readonly firstWaitMs: number;
  readonly longestWaitMs: number;
  /** So many failures in a row open the circuit: nothing is sent for `circuitOpenMs`, then one call tries the ground. */
  readonly failuresToOpen: number;
  readonly circuitOpenMs: number;
}

export interface CallPolicy {
  /** Begins nothing more once the signal has fired; what is under way then is left to `call`. */
  readonly run: <T>(call: () => Promise<T>, signal: AbortSignal) => Promise<T>;
  readonly circuit: CircuitBreakerPolicy;
}

/** How much longer than after a failure to wait for a model that is being loaded: that takes seconds, not milliseconds. */
const STARTING_WAIT_FACTOR = 5;

/**
 * From the outside in: a bound on concurrency, patience with a cold start (as long as the caller's deadline allows),
 * a few retries, a circuit breaker that sees every single try. A cold start and a refused input say nothing about the
 * endpoint's health, so neither is counted by the breaker.
 */
export function createCallPolicy(options: CallPolicyOptions): CallPolicy {
  const { concurrency, retries, firstWaitMs, longestWaitMs, failuresToOpen, circuitOpenMs } = options;
  const backoff = (factor: number) =>
    new ExponentialBackoff({
      generator: decorrelatedJitterGenerator,
      initialDelay: firstWaitMs * factor,
      maxDelay: longestWaitMs * factor,
    });
  const circuit = circuitBreaker(handleWhen(mayPass), {
    halfOpenAfter: circuitOpenMs,
    breaker: new ConsecutiveBreaker(failuresToOpen),
  });
  const slots = bulkhead(concurrency, Number.POSITIVE_INFINITY);
  const tries = wrap(
    retry(handleWhen(isStarting), { maxAttempts: Number.POSITIVE_INFINITY, backoff: backoff(STARTING_WAIT_FACTOR) }).dangerouslyUnref(),
    retry(handleWhen(mayPass), { maxAttempts: retries, backoff: backoff(1) }).dangerouslyUnref(),
    circuit,
  );
  // The bulkhead is not told of the signal: a call given up in its queue would leave the next one there, with a slot free.
  const run = <T>(call: () => Promise<T>, signal: AbortSignal): Promise<T> =>
    slots.execute(() => {
      signal.throwIfAborted();
      return tries.execute(call, signal);
    });
  return { run, circuit };
}

function mayPass(error: Error): boolean {
  return error instanceof CallFailure && (error.kind === "throttled" || error.kind === "failed");
}

function isStarting(error: Error): boolean {
  return error instanceof CallFailure && error.kind === "starting";
}
