import { once } from "node:events";
import type { ApolloServerPlugin } from "@apollo/server";
import type { FastifyRequest } from "fastify";
import { type DocumentNode, GraphQLError, getOperationAST, getVariableValues, parse, specifiedRules, validate } from "graphql";
import type { HandlerOptions, RequestParams } from "graphql-sse";
import type { Logger } from "../log.js";
import type { Context } from "./context.js";
import { createFormatError, setRequestId } from "./format-error.js";
import { type QueryLimits, shapeLimits } from "./limits.js";
import { checkCost } from "./operation-cost.js";
import { refusal } from "./refusal.js";
import { MAX_TOKENS } from "./request-size.js";
import { getSchema } from "./schema.js";

export interface SubscriptionOptions {
  readonly contextOf: (request: FastifyRequest) => Context;
  readonly log: Logger;
  readonly limits: QueryLimits;
  /** Told the code of each error that is answered. */
  readonly onError: ((code: string) => void) | null;
}

/**
 * Subscriptions by the GraphQL over SSE protocol, one connection each ("distinct connections mode"). Everything else is
 * refused here, so that no operation gets round the checks of `/graphql`.
 */
export function subscriptionOptions({ contextOf, log, limits, onError }: SubscriptionOptions): HandlerOptions<FastifyRequest> {
  const format = createFormatError(log);
  // As Apollo Server does it: what has no code by now is a bug.
  const formatted = (error: GraphQLError) =>
    format({ ...error.toJSON(), extensions: { code: "INTERNAL_SERVER_ERROR", ...error.extensions } }, error) as GraphQLError;
  return {
    // Without a token no stream is shared by several operations.
    authenticate: () => null,
    onSubscribe: (request, params) => {
      const read = readSubscription(params, limits);
      if ("errors" in read) return { data: null, errors: read.errors };
      const { operationName, variables } = params;
      return { schema: getSchema(), ...read, operationName, variableValues: variables, contextValue: { ...contextOf(request.raw) } };
    },
    onNext: async (_context, { raw: request }, result) => {
      await taken(request);
      if (!result.errors) return undefined;
      setRequestId(result.errors, request.id);
      const errors = result.errors.map(formatted);
      for (const { extensions } of errors) {
        const code = String(extensions["code"]);
        request.errorCodes.push(code);
        onError?.(code);
      }
      return { ...result, errors };
    },
  };
}

/** Resolves once the client has read what it was sent, or has gone: the library would keep all that comes meanwhile. */
async function taken({ raw: { socket }, end }: FastifyRequest): Promise<void> {
  if (socket.writableNeedDrain) await once(socket, "drain", { signal: end }).catch(() => {});
}

/** Refuses subscriptions where queries and mutations are answered: Apollo Server would run one as a query and fail on its stream. */
export const noSubscriptions: ApolloServerPlugin<Context> = {
  async requestDidStart() {
    return {
      async didResolveOperation({ operation }) {
        if (operation?.operation !== "subscription") return;
        throw refusal("BAD_USER_INPUT", "Subscriptions are answered at /graphql/stream, by server-sent events.");
      },
    };
  },
};

/** The document of a subscription that `/graphql` would let pass too, or what is wrong with it, by the codes of there. */
function readSubscription(
  { query, operationName, variables }: RequestParams,
  limits: QueryLimits,
): { readonly document: DocumentNode } | { readonly errors: readonly GraphQLError[] } {
  const schema = getSchema();
  try {
    const document = parsed(query);
    const operation = getOperationAST(document, operationName);
    if (operation?.operation !== "subscription") {
      throw refusal("BAD_USER_INPUT", "Here are subscriptions only; send queries and mutations to /graphql.");
    }
    const invalid = validate(schema, document, [...specifiedRules, ...shapeLimits(limits)]);
    if (invalid.length > 0) return { errors: invalid.map((error) => withCode("GRAPHQL_VALIDATION_FAILED", error)) };
    const { errors } = getVariableValues(schema, operation.variableDefinitions ?? [], variables ?? {});
    if (errors) return { errors: errors.map((error) => withCode("BAD_USER_INPUT", error)) };
    checkCost(schema, { document, operation, variables: variables ?? {} }, limits.maxQueryCost);
    return { document };
  } catch (error) {
    if (error instanceof GraphQLError) return { errors: [error] };
    throw error;
  }
}

function parsed(query: string): DocumentNode {
  try {
    return parse(query, { maxTokens: MAX_TOKENS });
  } catch (error) {
    throw error instanceof GraphQLError ? withCode("GRAPHQL_PARSE_FAILED", error) : error;
  }
}

/** As Apollo Server does it, what an error came of stays: a refusal of ours is told by it. */
function withCode(code: string, error: GraphQLError): GraphQLError {
  const { nodes, source, positions, originalError = error } = error;
  return new GraphQLError(error.message, { nodes, source, positions, originalError, extensions: { code } });
}
