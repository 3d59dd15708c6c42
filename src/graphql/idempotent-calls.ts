import { createHash } from "node:crypto";
import { LRUCache } from "lru-cache";
import { badInput } from "../domain/errors.js";

const KEPT_MS = 24 * 60 * 60 * 1000;
const MAX_KEYS = 10_000;

/**
 * Replays the first answer of a call that carries the same idempotency key, also while the first is still running.
 * Kept in memory for a day; after a restart a repeated ingest finds its products UNCHANGED, so nothing doubles.
 */
export class IdempotentCalls {
  private readonly answers = new LRUCache<string, { request: string; answer: Promise<unknown> }>({ max: MAX_KEYS, ttl: KEPT_MS });

  /** Throws BAD_USER_INPUT when the key was used with another request; a call that throws can be tried again. */
  async once<T>(key: string | null | undefined, request: unknown, call: () => Promise<T>): Promise<T> {
    if (!key) return await call();
    const digest = createHash("sha256").update(JSON.stringify(request)).digest("base64");
    const known = this.answers.get(key);
    if (known && known.request !== digest) {
      throw badInput("This idempotencyKey was used with other products: give each distinct call its own key.", ["idempotencyKey"]);
    }
    if (known) return (await known.answer) as T;
    const answer = call();
    this.answers.set(key, { request: digest, answer });
    answer.catch(() => this.answers.delete(key));
    return await answer;
  }
}
