import type { FastifyRequest } from "fastify";
import { GraphQLError, getOperationAST, parse, validate } from "graphql";
import type { HandlerOptions } from "graphql-sse/lib/use/fastify";
import type { Logger } from "../log.js";
import type { Context } from "./context.js";
import { createFormatError } from "./format-error.js";
import { checkCost, MAX_TOKENS } from "./limits.js";
import { getSchema } from "./schema.js";

export interface SubscriptionOptions {
  readonly contextOf: (request: FastifyRequest) => Context;
  readonly log: Logger;
  readonly maxQueryCost: number;
}

/**
 * Subscriptions by the GraphQL over SSE protocol, one connection each ("distinct connections mode"). Everything else is
 * refused here, so that no operation gets round the checks of `/graphql`.
 */
export function subscriptionOptions({ contextOf, log, maxQueryCost }: SubscriptionOptions): HandlerOptions {
  const format = createFormatError(log);
  const formatted = (errors: readonly GraphQLError[]) => errors.map((error) => format(error.toJSON(), error) as GraphQLError);
  return {
    // Without a token no stream is shared by several operations.
    authenticate: () => null,
    onSubscribe: (request, { query, operationName, variables }) => {
      try {
        const document = parse(query, { maxTokens: MAX_TOKENS });
        if (getOperationAST(document, operationName)?.operation !== "subscription") {
          throw new GraphQLError("Here are subscriptions only; send queries and mutations to /graphql.", {
            extensions: { code: "BAD_USER_INPUT" },
          });
        }
        const schema = getSchema();
        const errors = validate(schema, document);
        if (errors.length > 0) return { data: null, errors };
        checkCost(schema, { document, operationName, variables }, maxQueryCost);
        const contextValue = { ...contextOf(request.raw) };
        return { schema, document, operationName, variableValues: variables, contextValue };
      } catch (error) {
        if (error instanceof GraphQLError) return { data: null, errors: [error] };
        throw error;
      }
    },
    onNext: (_context, _request, result) => (result.errors ? { ...result, errors: formatted(result.errors) } : undefined),
  };
}
