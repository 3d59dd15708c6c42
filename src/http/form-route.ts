import type { ApolloServer } from "@apollo/server";
import { fastifyApolloHandler } from "@as-integrations/fastify";
import type { FastifyInstance, FastifyServerOptions } from "fastify";
import { type Context, createContext, type Services } from "../graphql/context.js";

type Constraint = NonNullable<NonNullable<FastifyServerOptions["routerOptions"]>["constraints"]>[string];

/** Tells apart, among the requests of one path, those whose body is a form (find-my-way's constraints). */
export const byBody: Constraint = {
  name: "body",
  storage() {
    const handlers = new Map<string, never>();
    return {
      get: (kind) => handlers.get(kind) ?? null,
      set: (kind, handler) => void handlers.set(kind, handler as never),
      del: (kind) => void handlers.delete(kind),
      empty: () => handlers.clear(),
    };
  },
  validate: () => true,
  deriveConstraint: (request) => (request.headers["content-type"]?.startsWith("multipart/form-data") ? "form" : "other"),
};

/** `/graphql` for multipart requests: a catalogue may take longer to arrive than any other request. */
export async function formRoute(
  app: FastifyInstance,
  { apollo, services, transferMs }: { apollo: ApolloServer<Context>; services: Services; transferMs: number },
): Promise<void> {
  app.route({
    method: "POST",
    url: "/graphql",
    constraints: { body: "form" },
    handlerTimeout: transferMs,
    handler: fastifyApolloHandler(apollo, { context: async (request) => createContext(services, request.id) }),
  });
}
