import { ApolloServer, type ApolloServerPlugin } from "@apollo/server";
import { ApolloServerPluginCacheControlDisabled, ApolloServerPluginInlineTraceDisabled } from "@apollo/server/plugin/disabled";
import type { Logger } from "../log.js";
import type { Context } from "./context.js";
import { counters, type ReadCounters } from "./counters.js";
import { errorCodes } from "./error-codes.js";
import { createFormatError, errorRequests } from "./format-error.js";
import { jsonStatus } from "./json-status.js";
import { landingPage } from "./landing-page.js";
import { type QueryLimits, shapeLimits } from "./limits.js";
import { operationAccess } from "./operation-access.js";
import { costLimit } from "./operation-cost.js";
import { persistedHash } from "./persisted-hash.js";
import { MAX_TOKENS } from "./request-size.js";
import { getSchema, getSubgraphSchema } from "./schema.js";
import { noSubscriptions } from "./subscriptions.js";

export interface ApolloOptions {
  readonly log: Logger;
  readonly limits: QueryLimits;
  /** Whether routers of Apollo Federation can use it as a subgraph. */
  readonly subgraph: boolean;
  /** Given, every response carries the counters it moved. */
  readonly readCounters: ReadCounters | null;
  /** Told the code of each error that is answered. */
  readonly onError: ((code: string) => void) | null;
}

/** Mistakes in variables that are told at once: each is told with the whole value that holds it. */
const MAX_COERCION_ERRORS = 3;

/** The GraphQL engine: schema, limits, masked errors, CSRF protection (on by default) and Apollo Sandbox for browsers. */
export function createApollo({ log, limits, subgraph, readCounters, onError }: ApolloOptions): ApolloServer<Context> {
  const schema = subgraph ? getSubgraphSchema() : getSchema();
  const plugins: ApolloServerPlugin<Context>[] = [
    landingPage(),
    // Nothing here is cached by hints, and without it Apollo need not wrap the resolver of every field.
    ApolloServerPluginCacheControlDisabled(),
    // Of a subgraph, whoever sends the header for it would get a trace of each field.
    ApolloServerPluginInlineTraceDisabled(),
    errorRequests,
    operationAccess,
    persistedHash,
    noSubscriptions,
    costLimit(schema, limits.maxQueryCost),
    jsonStatus,
    errorCodes(onError),
  ];
  if (readCounters) plugins.push(counters(readCounters));
  return new ApolloServer<Context>({
    schema,
    plugins,
    validationRules: shapeLimits(limits),
    parseOptions: { maxTokens: MAX_TOKENS },
    executionOptions: { maxCoercionErrors: MAX_COERCION_ERRORS },
    introspection: true,
    includeStacktraceInErrorResponses: false,
    allowBatchedHttpRequests: false,
    stopOnTerminationSignals: false,
    formatError: createFormatError(log),
    logger: { debug: (m) => log.debug(m), info: (m) => log.info(m), warn: (m) => log.warn(m), error: (m) => log.error(m) },
  });
}
