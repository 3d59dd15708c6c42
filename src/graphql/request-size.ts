import { LikenessError } from "../domain/errors.js";
import { costsMore } from "../json-cost.js";

/** A thousand products with embeddings of 4,096 numbers cost some four millions and a half. */
const MAX_JSON_COST = 5_000_000;
const MAX_DOCUMENT_CHARS = 1_000_000;
/** GraphQL.js counts the lines before an error for each error anew: many errors behind many lines would take minutes. */
const MAX_DOCUMENT_LINES = 10_000;
/** Of a document; the parser refuses a longer one before anything else reads it. */
export const MAX_TOKENS = 5_000;

/** Throws QUERY_TOO_COMPLEX for a request whose JSON would hold or exhaust the process while it is parsed. */
export function checkJson(json: Uint8Array): void {
  if (!costsMore(json, MAX_JSON_COST)) return;
  const cost = "each value counted as one, and each list or object as ten";
  throw tooComplex(`The JSON holds more than the ${MAX_JSON_COST} values that are allowed, ${cost}. Send it in several requests.`);
}

/** Throws QUERY_TOO_COMPLEX for a request, read from JSON or a form, whose document is too long. */
export function checkDocument(request: unknown): void {
  const query = (request as { query?: unknown } | null | undefined)?.query;
  if (typeof query !== "string") return;
  const isLong = query.length > MAX_DOCUMENT_CHARS;
  if (!isLong && query.split(/\r\n|[\r\n]/, MAX_DOCUMENT_LINES + 1).length <= MAX_DOCUMENT_LINES) return;
  const got = isLong ? `${query.length} characters` : `more than ${MAX_DOCUMENT_LINES} lines`;
  const allowed = `${MAX_DOCUMENT_CHARS} characters in ${MAX_DOCUMENT_LINES} lines`;
  throw tooComplex(`The operation has ${got}; at most ${allowed} are allowed. Send texts, pictures and embeddings as variables.`);
}

function tooComplex(message: string): LikenessError {
  return new LikenessError("QUERY_TOO_COMPLEX", message);
}
