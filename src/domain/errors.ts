/** Stable codes a client can rely on; they travel in GraphQL's `extensions.code`. */
export const ERROR_CODES = [
  "BAD_USER_INPUT",
  "UNAUTHENTICATED",
  "FORBIDDEN",
  "NOT_AN_IMAGE",
  "IMAGE_TOO_LARGE",
  "UPLOAD_TOO_LARGE",
  "URL_NOT_ALLOWED",
  "NOT_FOUND",
  "BAD_CURSOR",
  "MODEL_MISMATCH",
  "OVERLOADED",
  "TIMEOUT",
  "ENCODER_UNAVAILABLE",
  "INDEX_UNAVAILABLE",
  "PICTURES_UNAVAILABLE",
  "IMPORTS_UNAVAILABLE",
  "QUERY_TOO_COMPLEX",
  "INTERNAL_SERVER_ERROR",
] as const;

export type ErrorCode = (typeof ERROR_CODES)[number];

/**
 * An error whose message is meant for the caller: it says what was got, what is allowed and the cure.
 * Every other error is a bug of ours: it is masked before it reaches a client.
 */
export class LikenessError extends Error {
  override readonly name = "LikenessError";

  constructor(
    readonly code: ErrorCode,
    message: string,
    /** `id` is that of the product whose row of a catalogue is wrong, where it could be read. */
    readonly options: { field?: readonly string[]; id?: string; cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause });
  }
}

const PASSING: ReadonlySet<ErrorCode> = new Set(["INDEX_UNAVAILABLE", "ENCODER_UNAVAILABLE", "PICTURES_UNAVAILABLE", "OVERLOADED"]);

/** Whether a failure is passing and says nothing of the product that met it: the same product may be taken a little later. */
export function isPassing(code: ErrorCode): boolean {
  return PASSING.has(code);
}

/** Shorthand for the commonest case: the caller's mistake, with the path of the field that holds it. */
export function badInput(message: string, field?: readonly string[]): LikenessError {
  return new LikenessError("BAD_USER_INPUT", message, field ? { field } : {});
}

/** What was thrown, with the path of the argument that it came from; a LikenessError that names one already stays as it is. */
export function atField(thrown: unknown, field: readonly string[]): unknown {
  if (!(thrown instanceof LikenessError) || thrown.options.field) return thrown;
  return new LikenessError(thrown.code, thrown.message, { ...thrown.options, field });
}

/** The value of an outcome; throws it where it is an Error. */
export function orThrow<T>(outcome: T | Error): T {
  if (outcome instanceof Error) throw outcome;
  return outcome;
}

/** What was thrown, as an Error: JavaScript lets code throw anything. */
export function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}
