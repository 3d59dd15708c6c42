/** A signal with a deadline; `dispose` lets go of the timer and of the parent. */
export interface TimeLimit {
  readonly signal: AbortSignal;
  /** True once the time, and not the parent, ended it. */
  readonly expired: boolean;
  /** Settles as `work` does, or rejects with the signal's reason as soon as that fires: some waits cannot be cut short. */
  race<T>(work: Promise<T>): Promise<T>;
  dispose(): void;
}

/**
 * Aborts after `limitMs` or with the parent. A timer of its own, because a combination of `AbortSignal.any` with
 * `AbortSignal.timeout` may be collected before it fires (https://github.com/nodejs/node/issues/57736).
 */
export function limitTime(limitMs: number, parent?: AbortSignal): TimeLimit {
  const controller = new AbortController();
  let expired = false;
  const timer = setTimeout(() => {
    expired = true;
    controller.abort(new DOMException(`No answer within ${limitMs} ms`, "TimeoutError"));
  }, limitMs);
  const follow = () => controller.abort(parent?.reason);
  if (parent?.aborted) follow();
  else parent?.addEventListener("abort", follow, { once: true });
  const { signal } = controller;
  return {
    signal,
    get expired() {
      return expired;
    },
    race: (work) => unlessAborted(work, signal, () => signal.reason),
    dispose: () => {
      clearTimeout(timer);
      parent?.removeEventListener("abort", follow);
    },
  };
}

/** Settles as `work` does, or rejects with `reason` as soon as the signal fires; the work itself goes on. */
export function unlessAborted<T>(work: Promise<T>, signal: AbortSignal | undefined, reason: () => unknown): Promise<T> {
  if (!signal) return work;
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(reason());
    if (signal.aborted) onAbort();
    else signal.addEventListener("abort", onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
  });
}
