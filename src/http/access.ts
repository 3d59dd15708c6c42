import type { FastifyInstance } from "fastify";
import { type Access, type AccessKeys, checkAccess } from "../domain/access.js";

declare module "fastify" {
  interface FastifyContextConfig {
    /** Of a route whose GET is not for everybody where there are keys to read. */
    needsKey?: boolean;
  }

  interface FastifyRequest {
    /** What the caller may do. */
    access: Access;
  }
}

/** Methods with which Fastify takes no body; with any other it does, also where no route answers. */
const BODILESS = new Set(["GET", "HEAD", "TRACE"]);

/** Tells what the key of each request allows, and refuses one that may not read before its body is taken. */
export function readKeys(app: FastifyInstance, keys: AccessKeys): void {
  app.decorateRequest("access");
  app.addHook("onRequest", async (request) => {
    request.access = keys.accessOf(request.headers.authorization);
    // The page of Apollo Sandbox, pictures and health are for everybody: browsers and probes send no key with them.
    if (!BODILESS.has(request.method) || request.routeOptions.config.needsKey) checkAccess(request.access, "read");
  });
  // RFC 9110, section 15.5.2.
  app.addHook("onSend", async (_request, reply) => {
    if (reply.statusCode === 401) reply.header("www-authenticate", "Bearer");
  });
}
