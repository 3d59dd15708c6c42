import { setMaxListeners } from "node:events";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { LikenessError } from "../domain/errors.js";

declare module "fastify" {
  interface FastifyContextConfig {
    /** Time limit of a route that needs another than the rest. */
    timeoutMs?: number;
  }

  interface FastifyRequest {
    /** Fires when the client has gone or the request has run out of time. */
    end: AbortSignal;
  }
}

/** One for all: making one takes a stack trace, in every request. */
const ENDED = new DOMException("The request has ended.", "AbortError");

/**
 * Gives every request an end, and answers TIMEOUT (503) in place of a handler that has not begun to answer by then. Fastify's own
 * `handlerTimeout` and `request.signal` go by the close of the request's stream, which a multipart parser brings about as
 * soon as the body is read, so neither is of use for uploads.
 */
export function limitRequests(app: FastifyInstance, limitMs: (request: FastifyRequest) => number): void {
  // Not a WeakMap: V8's young collections keep its values, and with a signal all that listens to it.
  app.decorateRequest("end");
  app.addHook("onRequest", async (request, reply) => {
    const end = new AbortController();
    // Every picture and encode of a request waits on it, and Node would warn of a leak at the eleventh.
    setMaxListeners(0, end.signal);
    request.end = end.signal;
    const timeoutMs = limitMs(request);
    const timer = setTimeout(() => {
      end.abort(ENDED);
      // An answer that has begun may be long, and goes on as long as its client takes some of it: Node ends a connection that stands still.
      if (reply.sent || reply.raw.headersSent) return void reply.raw.setTimeout(timeoutMs);
      // What still comes of a body would be kept until it is whole, or the connection ends.
      if (!request.raw.complete) reply.header("connection", "close");
      reply.send(new LikenessError("TIMEOUT", `The request was not answered within ${timeoutMs} ms. Try again, or ask for less.`));
    }, timeoutMs);
    reply.raw.once("close", () => {
      clearTimeout(timer);
      end.abort(ENDED);
    });
  });
}
