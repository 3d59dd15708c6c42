import { Readable } from "node:stream";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { createHandler, type HandlerOptions } from "graphql-sse";
import { badInput } from "../domain/errors.js";
import type { Logger } from "../log.js";

/** Longer than any import: a stream ends with what it tells of, or with its client. */
const STREAM_MS = 7 * 24 * 60 * 60_000;
/** Of a subscription, whose body is held as long as its stream is open. */
const MAX_BODY_BYTES = 64 * 1024;
const EVENT_STREAM = "text/event-stream";

export interface StreamOptions {
  readonly subscriptions: HandlerOptions<FastifyRequest>;
  readonly log: Logger;
}

/**
 * `/graphql/stream`: subscriptions by server-sent events (the GraphQL over SSE protocol), for GET and POST. A request that is none
 * gets BAD_USER_INPUT; what is wrong with a subscription comes as an event.
 */
export async function streamRoutes(app: FastifyInstance, { subscriptions, log }: StreamOptions): Promise<void> {
  const handle = createHandler(subscriptions);
  app.route({
    method: ["GET", "POST"],
    url: "/graphql/stream",
    bodyLimit: MAX_BODY_BYTES,
    config: { timeoutMs: STREAM_MS, needsKey: true },
    handler: async (request, reply) => {
      const { method, url, headers, body } = request;
      if (!headers.accept?.includes(EVENT_STREAM)) {
        throw badInput(`Here are subscriptions by server-sent events: send the header accept: ${EVENT_STREAM}.`);
      }
      // The library knows one type alone, and answers an empty 404 to a client that takes others as well.
      const get = (name: string) => (name === "accept" ? EVENT_STREAM : request.headers[name]?.toString());
      const [events, { statusText }] = await handle({
        method,
        url,
        headers: { get },
        body: body as null,
        raw: request,
        context: undefined,
      });
      if (events === null || typeof events === "string") throw noSubscription(events, statusText);
      // Whom Fastify would begin to answer, and take the end of that for a fault.
      if (reply.raw.destroyed) {
        await events.return(undefined);
        return reply.hijack();
      }
      const stream = Readable.from(events);
      stream.on("error", (error) => {
        if (!reply.raw.destroyed) log.error({ err: error, requestId: request.id }, "a stream broke off");
      });
      // To nginx as a proxy, which else keeps events until they fill a buffer.
      return reply.header("x-accel-buffering", "no").type(`${EVENT_STREAM}; charset=utf-8`).send(stream);
    },
  });
}

/** `refusal` is the library's, JSON without codes; it has none for a content type that it does not know. */
function noSubscription(refusal: string | null, statusText: string): Error {
  const reason = refusal === null ? statusText : JSON.parse(refusal).errors[0].message;
  return badInput(`The request has no subscription (${reason}): send a JSON object with query and variables, or these in the URL.`);
}
