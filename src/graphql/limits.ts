import { maxAliasesRule } from "@escape.tech/graphql-armor-max-aliases";
import { maxDepthRule } from "@escape.tech/graphql-armor-max-depth";
import { GraphQLError, type ValidationContext, type ValidationRule } from "graphql";
import { LikenessError } from "../domain/errors.js";
import { refusal } from "./refusal.js";

/** What one operation may ask for. */
export interface QueryLimits {
  readonly maxQueryCost: number;
  readonly maxQueryDepth: number;
  readonly maxQueryAliases: number;
}

/** Refuses a document that nests too deep or has too many aliases; introspection may be deeper, as tools ask it. */
export function shapeLimits({ maxQueryDepth, maxQueryAliases }: QueryLimits): ValidationRule[] {
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
    maxDepthRule({
      n: maxQueryDepth,
      ignoreIntrospection: true,
      ...refuse(`nests deeper than the ${maxQueryDepth} levels that are allowed`),
    }),
    maxAliasesRule({ n: maxQueryAliases, ...refuse(`has more than the ${maxQueryAliases} aliases that are allowed`) }),
  ];
}

/** Levels of lists and objects in the variables; the deepest filter there may be, in a boost, has 22. */
const MAX_VARIABLE_DEPTH = 50;
/** Of a name in the variables: for an unknown one GraphQL.js looks for similar names, which takes memory of many times its length. */
const MAX_NAME_CHARS = 1_000;

/**
 * Throws QUERY_TOO_COMPLEX for variables that nest so deep that GraphQL, going down a call a level, might overflow its stack, and
 * BAD_USER_INPUT for names longer than any there is.
 */
export function checkVariables(value: unknown, levels = MAX_VARIABLE_DEPTH): void {
  if (typeof value !== "object" || value === null) return;
  if (levels < 0) {
    throw refusal("QUERY_TOO_COMPLEX", `The variables nest deeper than the ${MAX_VARIABLE_DEPTH} levels that are allowed.`);
  }
  const long = Array.isArray(value) ? undefined : Object.keys(value).find((name) => name.length > MAX_NAME_CHARS);
  if (long) throw refusal("BAD_USER_INPUT", `A name in the variables has ${long.length} characters; no name of the schema has so many.`);
  for (const each of Object.values(value)) checkVariables(each, levels - 1);
}
