import type { ApolloServerPlugin } from "@apollo/server";
import { type DocumentNode, GraphQLError, type GraphQLSchema } from "graphql";
import { getComplexity, simpleEstimator } from "graphql-query-complexity";
import type { ErrorCode } from "../domain/errors.js";
import type { Context } from "./context.js";

/** What a search costs beside the fields of its hits, in fields. */
const SEARCH_COST = 10;

/**
 * Refuses an operation whose cost is over the limit before it runs. A field costs 1; a list of products multiplies the
 * cost of what is selected below it by `first`, so nested `similar` and many aliases are bounded by one number.
 */
export function costLimit(schema: GraphQLSchema, maxCost: number): ApolloServerPlugin<Context> {
  return {
    async requestDidStart() {
      return {
        async didResolveOperation({ request, document, operationName }) {
          if (document.definitions.some((each) => each.kind === "OperationDefinition" && isIntrospection(each.selectionSet.selections)))
            return;
          checkCost(schema, { document, operationName, variables: request.variables }, maxCost);
        },
      };
    },
  };
}

export interface Operation {
  readonly document: DocumentNode;
  readonly operationName?: string | null | undefined;
  readonly variables?: Record<string, unknown> | null | undefined;
}

/** Throws QUERY_TOO_COMPLEX for an operation over the limit. */
export function checkCost(schema: GraphQLSchema, { document, operationName, variables }: Operation, maxCost: number): void {
  const cost = getComplexity({
    schema,
    query: document,
    ...(operationName ? { operationName } : {}),
    variables: variables ?? {},
    estimators: [
      ({ args, childComplexity, field }) =>
        field.name === "searchProducts" || field.name === "similar"
          ? SEARCH_COST + Math.min(100, Math.max(1, Number(args.last ?? args.first ?? 20))) * childComplexity
          : undefined,
      simpleEstimator({ defaultComplexity: 1 }),
    ],
  });
  if (cost <= maxCost) return;
  const message = `The operation costs ${cost}; at most ${maxCost} is allowed. Ask for fewer hits, fields or searches.`;
  // Apollo Server takes anything but a GraphQLError thrown here for a bug of the server's.
  throw new GraphQLError(message, { extensions: { code: "QUERY_TOO_COMPLEX" satisfies ErrorCode } });
}

function isIntrospection(selections: readonly { kind: string; name?: { value: string } }[]): boolean {
  return selections.every((each) => each.kind === "Field" && each.name?.value.startsWith("__"));
}
