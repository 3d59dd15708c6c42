import { type FastifyInstance, fastify } from "fastify";
import type { Metrics } from "../metrics.js";

/** `/metrics`, on a port of its own, so that whoever may reach the gateway need not be able to read it. */
export function createMetricsServer(metrics: Metrics): FastifyInstance {
  const app = fastify({ logger: false, forceCloseConnections: true });
  app.get("/metrics", async (_request, reply) => reply.type(metrics.contentType).send(await metrics.text()));
  return app;
}
