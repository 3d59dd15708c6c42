import type { ApolloServer } from "@apollo/server";
import fastifyApollo, { fastifyApolloDrainPlugin } from "@as-integrations/fastify";
import { type FastifyError, type FastifyInstance, fastify } from "fastify";
import { LikenessError } from "../domain/errors.js";
import { type Context, createContext, type Services } from "../graphql/context.js";
import { subscriptionOptions } from "../graphql/subscriptions.js";
import { discardCatalogs, readMultipart, type UploadLimits } from "../graphql/upload.js";
import { byBody, formRoute } from "./form-route.js";
import { healthRoutes } from "./health.js";
import { jobRoutes } from "./jobs.js";
import { streamRoutes } from "./stream.js";

export interface ServerOptions {
  readonly apollo: ApolloServer<Context>;
  readonly services: Services;
  readonly uploads: UploadLimits;
  readonly requestTimeoutMs: number;
  /** Time limit of a multipart request, which may carry a whole catalogue. */
  readonly transferMs: number;
  readonly maxQueryCost: number;
}

/** Statuses of the errors that can come before GraphQL runs. */
const STATUS: Partial<Record<LikenessError["code"], number>> = { NOT_FOUND: 404, UPLOAD_TOO_LARGE: 413, OVERLOADED: 503, TIMEOUT: 503 };

/** The HTTP edge: `/graphql` (JSON, GET and multipart), `/graphql/stream`, `/jobs`, `/livez`, `/readyz`. The Apollo server must not be started yet. */
export async function createServer(options: ServerOptions): Promise<FastifyInstance> {
  const { apollo, services, uploads, requestTimeoutMs, transferMs, maxQueryCost } = options;
  const app = fastify({
    bodyLimit: uploads.maxRequestBytes,
    // The whole of a request has to arrive in time; what is no form is bounded by the next line besides.
    requestTimeout: Math.max(requestTimeoutMs, transferMs),
    handlerTimeout: requestTimeoutMs,
    forceCloseConnections: "idle",
    genReqId: () => crypto.randomUUID(),
    logger: false,
    routerOptions: { constraints: { body: byBody } },
  });
  app.addContentTypeParser("multipart/form-data", (request, payload, done) => {
    // Apollo's CSRF check comes after parsing, so a form that a foreign page may send unasked must be refused here.
    const preflighted = request.headers["apollo-require-preflight"] ?? request.headers["x-apollo-operation-name"];
    if (!preflighted) {
      payload.resume();
      return done(
        new LikenessError("BAD_USER_INPUT", "A multipart request needs the header apollo-require-preflight: true (CSRF protection)."),
      );
    }
    readMultipart(request.raw, uploads).then((body) => done(null, body), done);
  });
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const known = error instanceof LikenessError ? error : null;
    const status = known ? (STATUS[known.code] ?? 400) : (error.statusCode ?? 500);
    if (status >= 500 && !known) services.log.error({ err: error, requestId: request.id }, "request failed unexpectedly");
    const code = known?.code ?? (status === 413 ? "UPLOAD_TOO_LARGE" : status < 500 ? "BAD_USER_INPUT" : "INTERNAL_SERVER_ERROR");
    const message = known?.message ?? (status < 500 ? error.message : "Internal server error; the log has its cause.");
    return reply.status(status).send({ errors: [{ message, extensions: { code } }] });
  });
  app.addHook("onResponse", async (request, reply) => {
    await discardCatalogs(request.raw, uploads.spool);
    const { method, id: requestId } = request;
    const path = request.url.split("?", 1)[0];
    services.log.info({ requestId, method, path, status: reply.statusCode, tookMs: Math.round(reply.elapsedTime) }, "request");
  });
  app.addHook("onRequest", async (request, reply) => {
    reply.header("x-request-id", request.id);
    // Cross-site request forgery needs a browser, and browsers say so in headers that no page can take away (W3C Fetch
    // Metadata). Apollo's check would refuse every GET without a custom header, which GraphQL over HTTP allows.
    const fromBrowser = request.headers["sec-fetch-site"] ?? request.headers.origin ?? request.headers.referer;
    if (request.method === "GET" && !fromBrowser) request.headers["apollo-require-preflight"] = "not a browser";
  });
  apollo.addPlugin(fastifyApolloDrainPlugin(app));
  await apollo.start();
  await app.register(fastifyApollo(apollo), { context: async (request) => createContext(services, request.id) });
  await app.register(formRoute, { apollo, services, transferMs });
  await app.register(streamRoutes, { subscriptions: subscriptionOptions({ services, log: services.log, maxQueryCost }) });
  await app.register(jobRoutes, { imports: services.imports });
  await app.register(healthRoutes, { index: services.index });
  return app;
}
