import type { FastifyReply } from "fastify";
import { type ErrorCode, LikenessError } from "../domain/errors.js";
import type { Logger } from "../log.js";

/** What the fault is of: 4xx of the input, 429 and 503 of the moment. SageMaker hands status and body on to its caller. */
const STATUS: Partial<Record<ErrorCode, number>> = {
  NOT_FOUND: 404,
  OVERLOADED: 429,
  ENCODER_UNAVAILABLE: 503,
  UPLOAD_TOO_LARGE: 413,
  TIMEOUT: 503,
};

/** Answers `{code, message}`; an error that is not meant for the caller is logged whole and masked. */
export function answerError(error: unknown, log: Logger, requestId: string, reply: FastifyReply): FastifyReply {
  if (error instanceof LikenessError) {
    return reply.status(STATUS[error.code] ?? 400).send({ code: error.code, message: error.message });
  }
  const { statusCode: status = 500, message } = error as { statusCode?: number; message: string };
  if (status < 500) {
    const code: ErrorCode = status === 413 ? "UPLOAD_TOO_LARGE" : "BAD_USER_INPUT";
    return reply.status(status).send({ code, message });
  }
  log.error({ err: error, requestId }, "an invocation failed unexpectedly");
  const code: ErrorCode = "INTERNAL_SERVER_ERROR";
  return reply.status(500).send({ code, message: "Internal server error; the log has its cause." });
}
