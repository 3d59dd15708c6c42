import type { FastifyReply, FastifyRequest } from "fastify";
import type { Logger } from "../log.js";
import type { Metrics } from "../metrics.js";

declare module "fastify" {
  interface FastifyRequest {
    /** The codes of the errors in the answer to its GraphQL operation. */
    errorCodes: string[];
  }
}

/** What nginx logs for a request whose client closed the connection before it had the answer. */
const CLIENT_CLOSED = 499;

/**
 * Writes a request's one line to the log once its answer is out or its client has gone, and counts it. Not in Fastify's hook
 * `onResponse`, to which an answer that nobody waits for any more never comes.
 */
export function logRequest(
  log: Logger,
  level: "info" | "debug",
  request: FastifyRequest,
  reply: FastifyReply,
  metrics: Pick<Metrics, "answered"> | null,
): void {
  const startedMs = performance.now();
  request.errorCodes = [];
  reply.raw.once("close", () => {
    const { method, id: requestId } = request;
    // An operation that failed is answered with 200 all the same.
    const errors = request.errorCodes.length > 0 ? { errors: [...new Set(request.errorCodes)] } : {};
    const path = request.url.split("?", 1)[0];
    const status = reply.raw.writableFinished ? reply.raw.statusCode : CLIENT_CLOSED;
    const tookMs = performance.now() - startedMs;
    log[level]({ requestId, method, path, status, tookMs: Math.round(tookMs), ...errors }, "request");
    metrics?.answered({ method, route: request.routeOptions.url ?? "unknown", status, tookMs });
  });
}
