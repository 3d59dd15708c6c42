import type { ApolloServer } from "@apollo/server";
import fastifyApollo, { fastifyApolloDrainPlugin } from "@as-integrations/fastify";
import { type FastifyInstance, type FastifyRequest, fastify } from "fastify";
import type { AccessKeys } from "../domain/access.js";
import { LikenessError } from "../domain/errors.js";
import { type Context, createContext, type Services } from "../graphql/context.js";
import type { QueryLimits } from "../graphql/limits.js";
import { subscriptionOptions } from "../graphql/subscriptions.js";
import { discardCatalogs, type UploadLimits } from "../graphql/upload.js";
import type { Metrics } from "../metrics.js";
import { readKeys } from "./access.js";
import { errorAnswerer } from "./answer-error.js";
import { isForm, readBodies } from "./bodies.js";
import { allowOrigin, allowOrigins } from "./cors.js";
import { endConnections } from "./end-connections.js";
import { healthRoutes } from "./health.js";
import { checkHost, originOf } from "./host.js";
import { jobRoutes } from "./jobs.js";
import { logRequest } from "./log-request.js";
import { pictureRoutes } from "./pictures.js";
import { limitRequests } from "./request-end.js";
import { searchPageRoutes } from "./search-page.js";
import { streamRoutes } from "./stream.js";

/** Of every answer. No store for all but pictures that are found: a picture that is missing may come yet. */
const HEADERS = { "cache-control": "no-store", "x-content-type-options": "nosniff" };

export interface ServerOptions {
  readonly apollo: ApolloServer<Context>;
  readonly services: Services;
  readonly keys: AccessKeys;
  /** Of pages elsewhere that may call this server. */
  readonly corsOrigins: readonly string[];
  /** Null where nobody reads them. */
  readonly metrics: Pick<Metrics, "answered"> | null;
  /** Told the code of each error that is answered outside `/graphql`'s own operations. */
  readonly onError: ((code: string) => void) | null;
  readonly uploads: UploadLimits;
  readonly requestTimeoutMs: number;
  /** Time limit of a multipart request, which may carry a whole catalogue. */
  readonly transferMs: number;
  readonly limits: QueryLimits;
}

/** The HTTP edge: `/graphql` (JSON, GET and multipart), to which `/` leads, `/graphql/stream`, `/search`, `/jobs`, `/pictures`, `/livez`, `/readyz`. The Apollo server must not be started yet. */
export async function createServer(options: ServerOptions): Promise<FastifyInstance> {
  const { apollo, services, keys, corsOrigins, metrics, onError, uploads, requestTimeoutMs, transferMs, limits } = options;
  const { log } = services;
  const answerError = errorAnswerer(log, onError);
  const app = fastify({
    bodyLimit: uploads.maxRequestBytes,
    // The whole of a request has to arrive in time.
    requestTimeout: Math.max(requestTimeoutMs, transferMs),
    forceCloseConnections: "idle",
    genReqId: () => crypto.randomUUID(),
    // What the router refuses has no route, so that no error handler is asked, and no hook.
    frameworkErrors: (error, request, reply) => {
      logRequest(log, "info", request, reply, metrics);
      allowOrigin(request, reply.headers(HEADERS), corsOrigins);
      answerError(error, request, reply);
    },
    logger: false,
  });
  // A form may carry a whole catalogue, which takes longer to arrive than anything else.
  limitRequests(app, (request) => request.routeOptions.config.timeoutMs ?? (isForm(request) ? transferMs : requestTimeoutMs));
  readBodies(app, uploads);
  app.setErrorHandler(answerError);
  app.setNotFoundHandler(async ({ method }) => {
    throw new LikenessError("NOT_FOUND", `Nothing answers ${method} at this path; GraphQL is at /graphql, by POST and GET.`);
  });
  // Without waiting: what still arrives must not hold up an answer.
  app.addHook("onSend", async (request) => {
    void discardCatalogs(request.raw, uploads.spool).catch((error) =>
      log.warn({ err: error }, "an uploaded catalogue could not be removed"),
    );
  });
  app.addHook("onRequest", async (request, reply) => {
    logRequest(log, "info", request, reply, metrics);
    reply.headers({ "x-request-id": request.id, ...HEADERS });
    // Cross-site request forgery needs a browser, and browsers say so in headers that no page can take away (W3C Fetch
    // Metadata). Apollo's check would refuse every GET without a custom header, which GraphQL over HTTP allows.
    const fromBrowser = request.headers["sec-fetch-site"] ?? request.headers.origin ?? request.headers.referer;
    if (request.method === "GET" && !fromBrowser) request.headers["apollo-require-preflight"] = "not a browser";
  });
  // Before keys are looked at: a page must be able to read what is wrong with its own.
  await allowOrigins(app, corsOrigins);
  readKeys(app, keys);
  endConnections(app);
  apollo.addPlugin(fastifyApolloDrainPlugin(app));
  await apollo.start();
  const contextOf = (request: FastifyRequest) => {
    const { id: requestId, access, end: signal, errorCodes } = request;
    return createContext(services, { requestId, access, signal, errorCodes }, originOf(request));
  };
  await app.register(async (scope) => {
    scope.addHook("onRequest", checkHost);
    await scope.register(fastifyApollo(apollo), { method: ["GET", "POST"], context: async (request) => contextOf(request) });
  });
  // Relative, so that it holds behind a proxy that serves the gateway below a path.
  app.get("/", async (_request, reply) => reply.redirect("graphql"));
  await app.register(searchPageRoutes);
  await app.register(streamRoutes, { subscriptions: subscriptionOptions({ contextOf, log, limits, onError }), log });
  await app.register(jobRoutes, { imports: services.imports, log });
  await app.register(healthRoutes, { index: services.index, log });
  if (services.copies) await app.register(pictureRoutes, { copies: services.copies });
  return app;
}
