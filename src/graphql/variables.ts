import { type DocumentNode, parse, visit } from "graphql";
import { MAX_TOKENS } from "./limits.js";

/** An operation as it is sent. */
export interface GraphQLRequest {
  readonly query?: unknown;
  readonly variables?: Readonly<Record<string, unknown>> | null;
}

/** The values of those variables that are the `file` of an `importCatalog`; none of a document that cannot be parsed, or is longer than is allowed. */
export function catalogVariables({ query, variables }: GraphQLRequest): unknown[] {
  const document = parsed(query);
  const names = new Set<string>();
  if (!document || !variables) return [];
  visit(document, {
    Field({ name, arguments: args = [] }) {
      if (name.value !== "importCatalog") return;
      for (const arg of args) if (arg.name.value === "file" && arg.value.kind === "Variable") names.add(arg.value.name.value);
    },
  });
  return [...names].map((name) => variables[name]);
}

/** The names of all variables that the operations of a document declare; null for what is no request, or of which nothing can be told. */
export function declaredVariables(request: GraphQLRequest | null): Set<string> | null {
  const document = typeof request?.query === "string" ? parsed(request.query) : null;
  if (!document) return null;
  const operations = document.definitions.filter((each) => each.kind === "OperationDefinition");
  return new Set(operations.flatMap(({ variableDefinitions = [] }) => variableDefinitions.map(({ variable }) => variable.name.value)));
}

function parsed(query: unknown): DocumentNode | null {
  try {
    return parse(String(query), { maxTokens: MAX_TOKENS });
  } catch {
    return null;
  }
}
