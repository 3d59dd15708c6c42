import type { Embedding } from "../../domain/embedding.js";
import { asError, LikenessError } from "../../domain/errors.js";
import type { Outcome } from "../../domain/ports.js";
import { CallFailure } from "./call-failure.js";
import { toTyped } from "./read-answer.js";

/**
 * Encodes a batch by one call. Where the model itself fails on it, one input may be at fault, or the batch too large for
 * its memory: each half then has a call of its own, so that one bad input costs the others nothing but time. An input
 * that was encoded is never sent again.
 */
export async function encodeBatch<T>(
  items: readonly T[],
  send: (items: readonly T[]) => Promise<Outcome<Embedding>[]>,
): Promise<Outcome<Embedding>[]> {
  try {
    return await send(items);
  } catch (error) {
    if (items.length === 1 || !isModelsFault(error)) return items.map(() => toError(error));
    const middle = Math.ceil(items.length / 2);
    return (await Promise.all([items.slice(0, middle), items.slice(middle)].map((half) => encodeBatch(half, send)))).flat();
  }
}

/** The model saw the batch and failed; half as much would do nothing for one that is merely busy. */
function isModelsFault(error: unknown): boolean {
  return error instanceof CallFailure && error.details.model !== undefined && error.kind !== "throttled";
}

/** A failed call in the words of the gateway's caller, who must not learn the names and accounts behind it. */
export function toError(error: unknown): Error {
  if (!(error instanceof CallFailure)) return asError(error);
  return (error.kind === "refused" && toTyped(parse(error.details.model?.body))) || describe(error);
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

function parse(body = ""): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return null;
  }
}
