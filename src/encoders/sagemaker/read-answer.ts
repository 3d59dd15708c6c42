import { type Embedding, normalize } from "../../domain/embedding.js";
import { ERROR_CODES, type ErrorCode, LikenessError } from "../../domain/errors.js";
import type { Outcome } from "../../domain/ports.js";
import { CallFailure } from "./call-failure.js";
import type { Row } from "./contract/answer-rows.js";

/** Python writes NaN and Infinity, which are not JSON, as bare words: one such number must not cost the other rows. */
const NOT_JSON = /-?\b(?:NaN|Infinity)\b/g;

/** Throws a CallFailure that may pass: an answer that is not JSON was cut off on its way, most likely. */
export function parseAnswer(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    try {
      return JSON.parse(body.replace(NOT_JSON, "null"));
    } catch (cause) {
      throw new CallFailure("failed", `its answer of ${body.length} characters is not JSON`, { cause });
    }
  }
}

/**
 * The embeddings of an answer `[[…], …]`, one outcome per input; vectors need not have unit length.
 * `dimension` is null for the very first answer, which sets it. Throws a CallFailure where the answer as a whole is not
 * one row per input; a single bad row (wrong length, not finite, all zeros) is an Error at its own place.
 */
export function readAnswer(rows: unknown, count: number, dimension: number | null): Outcome<Embedding>[] {
  if (!Array.isArray(rows)) throw new CallFailure("malformed", "its answer is not a list of vectors");
  if (rows.length !== count) throw new CallFailure("malformed", `it answered ${count} inputs with ${rows.length} vectors`);
  return rows.map((row) => readRow(row, dimension));
}

function readRow(row: unknown, dimension: number | null): Outcome<Embedding> {
  if (isRowError(row)) return toTyped(row.error) ?? bad("an error");
  if (!Array.isArray(row)) return bad("something that is not a vector");
  if (row.length !== (dimension ?? row.length)) {
    return bad(`${row.length} numbers; this catalogue's model has ${dimension}`);
  }
  if (!row.every((value) => typeof value === "number" && Number.isFinite(value)))
    return bad("a list that holds something other than finite numbers");
  if (!row.some((value) => value !== 0)) return bad(row.length === 0 ? "an empty list" : "a vector of zeros");
  return normalize(row);
}

function isRowError(row: unknown): row is Exclude<Row, readonly number[]> {
  return typeof row === "object" && row !== null && "error" in row && typeof row.error === "object";
}

/** An error of Likeness's own encoder server as it was there; null for anything else. */
export function toTyped(error: unknown): LikenessError | null {
  const { code, message } = (error ?? {}) as { code?: unknown; message?: unknown };
  if (typeof message !== "string" || !ERROR_CODES.includes(code as ErrorCode) || code === "INTERNAL_SERVER_ERROR") return null;
  return new LikenessError(code as ErrorCode, message);
}

function bad(answer: string): LikenessError {
  return new LikenessError("ENCODER_UNAVAILABLE", `The encoder's endpoint answered this input with ${answer}.`);
}
