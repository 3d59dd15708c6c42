import type { FastifyInstance } from "fastify";
import type { ProductIndex } from "../domain/ports.js";

/** `/livez`: the process answers. `/readyz`: the model is warm (it is loaded before listening) and the index can be read. */
export async function healthRoutes(app: FastifyInstance, { index }: { index: ProductIndex }): Promise<void> {
  app.get("/livez", async () => ({ status: "ok" }));
  app.get("/readyz", async (_request, reply) => {
    try {
      return { status: "ok", products: await index.count() };
    } catch {
      return reply.status(503).send({ status: "index unavailable" });
    }
  });
}
