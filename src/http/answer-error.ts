import type { FastifyError, FastifyReply, FastifyRequest } from "fastify";
import { LikenessError } from "../domain/errors.js";
import type { Logger } from "../log.js";

/** Statuses of the errors that can come before GraphQL runs, or without it. */
const STATUS: Partial<Record<LikenessError["code"], number>> = {
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  UPLOAD_TOO_LARGE: 413,
  OVERLOADED: 503,
  TIMEOUT: 503,
  INDEX_UNAVAILABLE: 503,
  ENCODER_UNAVAILABLE: 503,
  PICTURES_UNAVAILABLE: 503,
  IMPORTS_UNAVAILABLE: 503,
};

/**
 * Answers what failed outside GraphQL in the form that GraphQL's errors have; what is neither ours nor the request's fault is logged and
 * masked. `onError` is told the code, if somebody still waits for the answer.
 */
export function errorAnswerer(
  log: Logger,
  onError: ((code: string) => void) | null,
): (error: FastifyError, request: FastifyRequest, reply: FastifyReply) => FastifyReply {
  return (error, request, reply) => {
    const known = error instanceof LikenessError ? error : null;
    const status = known ? (STATUS[known.code] ?? 400) : (error.statusCode ?? 500);
    if (status >= 500 && !known) log.error({ err: error, requestId: request.id }, "request failed unexpectedly");
    const code = known?.code ?? (status === 413 ? "UPLOAD_TOO_LARGE" : status < 500 ? "BAD_USER_INPUT" : "INTERNAL_SERVER_ERROR");
    const message = known?.message ?? (status < 500 ? refusalOf(error, request) : "Internal server error; the log has its cause.");
    const field = known?.options.field;
    if (!reply.raw.destroyed) onError?.(code);
    return reply
      .status(status)
      .header("x-request-id", request.id)
      .send({ errors: [{ message, extensions: field ? { code, field } : { code } }] });
  };
}

/**
 * Fastify's own words, but for a body that is too large, of which it tells no limit, and for another content type: they do not say which
 * was sent, and clients such as curl send one unasked.
 */
function refusalOf(error: FastifyError, { headers, routeOptions }: FastifyRequest): string {
  if (error.code === "FST_ERR_CTP_BODY_TOO_LARGE") {
    return `The body is larger than the ${routeOptions.bodyLimit} bytes that are allowed. Send it in several requests.`;
  }
  if (error.statusCode !== 415) return error.message;
  const sent = JSON.stringify(headers["content-type"]?.slice(0, 80) ?? null);
  return `The content-type is ${sent}; send application/json, or multipart/form-data for a request with files.`;
}
