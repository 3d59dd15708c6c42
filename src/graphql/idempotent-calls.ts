import { hash } from "node:crypto";
import { LRUCache } from "lru-cache";
import { badInput } from "../domain/errors.js";

const KEPT_MS = 24 * 60 * 60 * 1000;
const MAX_KEYS = 10_000;
const MAX_KEY_CHARS = 512;
/** Of all answers together, as JSON: some 70,000 products of an ordinary size. */
const MAX_KEPT_CHARS = 64_000_000;

/** Throws BAD_USER_INPUT for a key that is empty, or too long to be kept. */
export function checkIdempotencyKey(key: string | null | undefined): void {
  if (key == null || (key !== "" && key.length <= MAX_KEY_CHARS)) return;
  throw badInput(`idempotencyKey must have 1 to ${MAX_KEY_CHARS} characters.`, ["idempotencyKey"]);
}

interface Call {
  /** What tells the request from another one. */
  readonly request: string;
  readonly answer: Promise<unknown>;
}

/**
 * Replays the first answer of a call that carries the same idempotency key, also while the first is still running.
 * Kept in memory for a day, and for less where the answers come to more than is kept: the one that was asked for longest ago
 * is forgotten first. Like after a restart, a repeated ingest then finds its products UNCHANGED, so nothing doubles.
 */
export class IdempotentCalls {
  private readonly calls = new LRUCache<string, Call>({ max: MAX_KEYS, maxSize: MAX_KEPT_CHARS, ttl: KEPT_MS });

  /**
   * `request` gives what is compared, and is read only where there is a key. Throws BAD_USER_INPUT when the key was used with
   * another request; a call that throws can be tried again, and is by who waited for its answer. One whose answer is not final can be
   * tried again too: it tells its client to do so.
   */
  async once<T extends object>(
    key: string | null | undefined,
    request: () => Promise<unknown>,
    run: () => Promise<T>,
    isFinal: (answer: T) => boolean = () => true,
  ): Promise<T> {
    if (key == null) return await run();
    const digest = hash("sha256", JSON.stringify(await request()), "base64");
    const known = this.calls.get(key);
    if (known && known.request !== digest) {
      throw badInput("This idempotencyKey was used with other products: give each distinct call its own key.", ["idempotencyKey"]);
    }
    if (known) {
      // A call fails when its client goes, and that client may be the very one that asks again here.
      return await (known.answer as Promise<T>).catch(() => this.once(key, request, run, isFinal));
    }
    const answer = run();
    // A new object each time: the cache takes no new size of a value that it has already.
    const keep = (size: number) => this.calls.set(key, { request: digest, answer }, { size });
    keep(1);
    answer.then(
      (settled) => (isFinal(settled) ? keep(JSON.stringify(settled).length) : this.calls.delete(key)),
      () => this.calls.delete(key),
    );
    return await answer;
  }
}
