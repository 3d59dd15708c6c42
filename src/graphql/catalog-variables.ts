import { type DocumentNode, parse, visit } from "graphql";

/** An operation as it is sent. */
export interface GraphQLRequest {
  readonly query?: unknown;
  readonly variables?: Readonly<Record<string, unknown>> | null;
}

/** The values of those variables that are the `file` of an `importCatalog`; none of a document that cannot be parsed. */
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

function parsed(query: unknown): DocumentNode | null {
  try {
    return parse(String(query));
  } catch {
    return null;
  }
}
