import type { ApolloServerPlugin } from "@apollo/server";
import { maxAliasesRule } from "@escape.tech/graphql-armor-max-aliases";
import { maxDepthRule } from "@escape.tech/graphql-armor-max-depth";
import { type DocumentNode, GraphQLError, type GraphQLSchema, type ValidationContext, type ValidationRule } from "graphql";
import { getComplexity, simpleEstimator } from "graphql-query-complexity";
import { LRUCache } from "lru-cache";
import { type ErrorCode, LikenessError } from "../domain/errors.js";
import type { Context } from "./context.js";

/** Longest document in tokens; a longer one is refused by the parser, before anything else reads it. */
export const MAX_TOKENS = 5_000;

/** Refuses a document that nests too deep or has too many aliases; introspection may be deeper, as tools ask it. */
export function shapeLimits({ maxDepth, maxAliases }: { maxDepth: number; maxAliases: number }): ValidationRule[] {
  const refuse = (what: string) => ({
    propagateOnRejection: false,
    onReject: [
      (context: ValidationContext | null) => {
        const message = `The operation ${what}. Split it into several.`;
        // Apollo Server gives each validation error its own code, but keeps the original.
        context?.reportError(new GraphQLError(message, { originalError: new LikenessError("QUERY_TOO_COMPLEX", message) }));
      },
    ],
  });
  return [
    maxDepthRule({ n: maxDepth, ignoreIntrospection: true, ...refuse(`nests deeper than the ${maxDepth} levels that are allowed`) }),
    maxAliasesRule({ n: maxAliases, ...refuse(`has more than the ${maxAliases} aliases that are allowed`) }),
  ];
}

/** Characters of all operations whose costs are kept: names of variables can be as long as a client likes. */
const MAX_KEPT_CHARS = 1_000_000;
/** What a search costs beside the fields of its hits, in fields. */
const SEARCH_COST = 10;

/**
 * Refuses an operation whose cost is over the limit before it runs. A field costs 1; a list of products multiplies the
 * cost of what is selected below it by `first`, so nested `similar` and many aliases are bounded by one number.
 */
export function costLimit(schema: GraphQLSchema, maxCost: number): ApolloServerPlugin<Context> {
  // Counting a document's fields takes as long as running it, and clients send the same few again and again.
  const costs = new LRUCache<string, number>({ maxSize: MAX_KEPT_CHARS, sizeCalculation: (_cost, key) => key.length });
  return {
    async requestDidStart() {
      return {
        async didResolveOperation({ request, document, operationName, queryHash }) {
          if (document.definitions.some((each) => each.kind === "OperationDefinition" && isIntrospection(each.selectionSet.selections)))
            return;
          const key = JSON.stringify([queryHash, operationName, countsOf(request.variables ?? {})]);
          let cost = costs.get(key);
          if (cost === undefined) {
            cost = costOf(schema, { document, operationName, variables: request.variables });
            costs.set(key, cost);
          }
          check(cost, maxCost);
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
export function checkCost(schema: GraphQLSchema, operation: Operation, maxCost: number): void {
  check(costOf(schema, operation), maxCost);
}

function costOf(schema: GraphQLSchema, { document, operationName, variables }: Operation): number {
  return getComplexity({
    schema,
    query: document,
    ...(operationName ? { operationName } : {}),
    variables: withoutItems(variables ?? {}),
    estimators: [
      ({ args, childComplexity, field }) =>
        field.name === "searchProducts" || field.name === "similar"
          ? SEARCH_COST + Math.min(100, Math.max(1, Number(args.last ?? args.first ?? 20))) * childComplexity
          : undefined,
      simpleEstimator({ defaultComplexity: 1 }),
    ],
  });
}

function check(cost: number, maxCost: number): void {
  if (cost <= maxCost) return;
  const message = `The operation costs ${cost}; at most ${maxCost} is allowed. Ask for fewer hits, fields or searches.`;
  // Apollo Server takes anything but a GraphQLError thrown here for a bug of the server's.
  throw new GraphQLError(message, { extensions: { code: "QUERY_TOO_COMPLEX" satisfies ErrorCode } });
}

/** The variables that a cost can depend on, page sizes and switches, and which others there are. */
function countsOf(variables: Record<string, unknown>): unknown[] {
  return Object.entries(variables).map(([name, value]) => [
    name,
    typeof value === "number" || typeof value === "boolean" || value === null ? value : "",
  ]);
}

/** Lists with nothing in them: no cost depends on an item, and reading an embedding twice takes as long as counting all fields. */
function withoutItems(variables: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(variables).map(([name, value]) => [name, Array.isArray(value) ? [] : value]));
}

function isIntrospection(selections: readonly { kind: string; name?: { value: string } }[]): boolean {
  return selections.every((each) => each.kind === "Field" && each.name?.value.startsWith("__"));
}
