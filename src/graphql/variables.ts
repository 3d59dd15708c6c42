import { type DocumentNode, parse, visit } from "graphql";
import { MAX_TOKENS } from "./request-size.js";

/** An operation as it is sent. */
export interface GraphQLRequest {
  readonly query?: unknown;
  readonly variables?: Readonly<Record<string, unknown>> | null;
}

/** The document of a request; null for what is no request, and for a document that cannot be parsed or is longer than is allowed. */
export function documentOf(request: GraphQLRequest | null): DocumentNode | null {
  if (typeof request?.query !== "string") return null;
  try {
    return parse(request.query, { maxTokens: MAX_TOKENS });
  } catch {
    return null;
  }
}

/** The values of those variables that are the `file` of an `importCatalog`. */
export function catalogVariables(document: DocumentNode | null, { variables }: GraphQLRequest): unknown[] {
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

/** The names of all variables that the operations of a document declare. */
export function declaredVariables(document: DocumentNode): Set<string> {
  const operations = document.definitions.filter((each) => each.kind === "OperationDefinition");
  return new Set(operations.flatMap(({ variableDefinitions = [] }) => variableDefinitions.map(({ variable }) => variable.name.value)));
}
