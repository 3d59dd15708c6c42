import type { FastifyInstance } from "fastify";
import type { HandlerOptions } from "graphql-sse/lib/use/fastify";
import { createHandler } from "graphql-sse/lib/use/fastify";

/** Longer than any import: a stream ends with what it tells of, or with its client. */
const STREAM_MS = 7 * 24 * 60 * 60_000;

/** `/graphql/stream`: subscriptions by server-sent events (the GraphQL over SSE protocol), for GET and POST. */
export async function streamRoutes(app: FastifyInstance, { subscriptions }: { subscriptions: HandlerOptions }): Promise<void> {
  const handle = createHandler(subscriptions);
  app.route({
    method: ["GET", "POST"],
    url: "/graphql/stream",
    config: { timeoutMs: STREAM_MS },
    handler: async (request, reply) => {
      reply.hijack();
      await handle(request, reply);
    },
  });
}
