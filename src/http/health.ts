import type { FastifyInstance } from "fastify";
import type { Services } from "../graphql/context.js";

/**
 * `/livez`: the process answers. `/readyz`: the model is warm (it is loaded before listening) and the index can be read; the log is told
 * when that changes, and why.
 */
export async function healthRoutes(app: FastifyInstance, { index, log }: Pick<Services, "index" | "log">): Promise<void> {
  let isReady = true;
  app.get("/livez", async () => ({ status: "ok" }));
  app.get("/readyz", async (_request, reply) => {
    try {
      const products = await index.count();
      if (!isReady) log.info("the index can be read again: /readyz answers 200");
      isReady = true;
      return { status: "ok", products };
    } catch (error) {
      if (isReady) log.warn({ err: error }, "the index cannot be read: /readyz answers 503");
      isReady = false;
      return reply.status(503).send({ status: "index unavailable" });
    }
  });
}
