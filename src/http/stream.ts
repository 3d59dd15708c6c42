import type { FastifyInstance, FastifyRequest } from "fastify";
import type { HandlerOptions } from "graphql-sse/lib/use/fastify";
import { createHandler } from "graphql-sse/lib/use/fastify";
import { badInput } from "../domain/errors.js";
import type { Logger } from "../log.js";

/** Longer than any import: a stream ends with what it tells of, or with its client. */
const STREAM_MS = 7 * 24 * 60 * 60_000;
const EVENT_STREAM = "text/event-stream";

export interface StreamOptions {
  readonly subscriptions: HandlerOptions;
  readonly log: Logger;
}

/** `/graphql/stream`: subscriptions by server-sent events (the GraphQL over SSE protocol), for GET and POST. */
export async function streamRoutes(app: FastifyInstance, { subscriptions, log }: StreamOptions): Promise<void> {
  const handle = createHandler(subscriptions);
  app.route({
    method: ["GET", "POST"],
    url: "/graphql/stream",
    config: { timeoutMs: STREAM_MS, needsKey: true },
    handler: async (request, reply) => {
      checkStreamed(request);
      // The library knows it alone, and answers an empty 404 to one that takes other types as well.
      request.headers.accept = EVENT_STREAM;
      reply.hijack();
      try {
        await handle(request, reply);
      } catch (error) {
        log.error({ err: error, requestId: request.id }, "a stream broke off");
        // Nobody else ends it any more, and a client that still waits would not subscribe again.
        reply.raw.destroy();
      }
    },
  });
}

function checkStreamed({ method, headers, body }: FastifyRequest): void {
  if (!headers.accept?.includes(EVENT_STREAM)) {
    throw badInput(`Here are subscriptions by server-sent events: send the header accept: ${EVENT_STREAM}.`);
  }
  // The library would read the request itself, and wait for what Fastify has taken from it.
  if (method === "POST" && !body) throw badInput("The body has no subscription: send a JSON object with query and variables.");
}
