import type { Embedding } from "../../domain/embedding.js";
import { asError, LikenessError } from "../../domain/errors.js";
import { jsonOrNull } from "../../domain/json-or-null.js";
import type { Outcome } from "../../domain/ports.js";
import { CallFailure } from "./call-failure.js";
import { toTyped } from "./read-answer.js";

type Send<T> = (items: readonly T[]) => Promise<Outcome<Embedding>[]>;

/** Less of an input that may be too long; null where its length cannot be at fault. */
type Shorten<T> = (item: T) => T | null;

const NEVER_SHORTER = () => null;

/**
 * Encodes a batch by one call. Where the model itself fails on it, one input may be at fault, or the batch too large for
 * its memory: each half then has a call of its own, so that one bad input costs the others nothing but time. An input
 * that fails alone is shortened as long as that may help. What was encoded is never sent again.
 */
export async function encodeBatch<T>(
  items: readonly T[],
  send: Send<T>,
  shorten: Shorten<T> = NEVER_SHORTER,
): Promise<Outcome<Embedding>[]> {
  try {
    return await send(items);
  } catch (error) {
    if (!isModelsFault(error)) return items.map(() => toError(error));
    if (items.length === 1) return [await encodeShorter(items[0] as T, error, send, shorten)];
    const middle = Math.ceil(items.length / 2);
    return (await Promise.all([items.slice(0, middle), items.slice(middle)].map((half) => encodeBatch(half, send, shorten)))).flat();
  }
}

async function encodeShorter<T>(item: T, failure: CallFailure, send: Send<T>, shorten: Shorten<T>): Promise<Outcome<Embedding>> {
  const shorter = shorten(item);
  if (shorter === null) return toError(failure);
  const [outcome] = (await encodeBatch([shorter], send, shorten)) as [Outcome<Embedding>];
  if (outcome instanceof Error || failure.kind === "refused") return outcome;
  // A model that failed only for a while is well by now, and must not leave the embedding of half an input.
  return await send([item]).then(
    ([whole]) => whole as Outcome<Embedding>,
    (error) => (isModelsFault(error) ? outcome : toError(error)),
  );
}

/** The model saw the batch and failed; half as much would do nothing for one that is merely busy or not deployed rightly. */
function isModelsFault(error: unknown): error is CallFailure {
  if (!(error instanceof CallFailure) || error.details.model === undefined) return false;
  return error.kind === "failed" || error.kind === "refused";
}

/** A failed call in the words of the gateway's caller, who must not learn the names and accounts behind it. */
export function toError(error: unknown): Error {
  if (!(error instanceof CallFailure)) return asError(error);
  return (error.kind === "refused" && toTyped(jsonOrNull(error.details.model?.body ?? ""))) || describe(error);
}

function describe(failure: CallFailure): LikenessError {
  const { kind, message } = failure;
  const unavailable = (words: string) => new LikenessError("ENCODER_UNAVAILABLE", words, { cause: failure });
  switch (kind) {
    case "refused":
      return new LikenessError("BAD_USER_INPUT", `The encoder refused this input: ${message}.`, { cause: failure });
    case "starting":
      return unavailable("The encoder's endpoint is starting; try again in a minute.");
    case "misconfigured":
      return unavailable("The encoder's endpoint cannot be used as the server is configured; its log has the cause.");
    default:
      return unavailable(`The encoder's endpoint is not available: ${message}. Try again in a moment.`);
  }
}
