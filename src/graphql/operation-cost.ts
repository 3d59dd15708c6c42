import type { ApolloServerPlugin } from "@apollo/server";
import {
  type DocumentNode,
  type FieldNode,
  GraphQLError,
  type GraphQLField,
  type GraphQLSchema,
  getVariableValues,
  type OperationDefinitionNode,
} from "graphql";
import { type ComplexityEstimator, getComplexity, simpleEstimator } from "graphql-query-complexity";
import { LRUCache } from "lru-cache";
import { MAX_BUCKETS } from "../domain/check-facets.js";
import { DEFAULT_BUCKETS } from "../domain/facets.js";
import type { FacetRequest } from "../domain/search.js";
import { MAX_PRODUCTS } from "../ingest/ingest-products.js";
import { MAX_FIRST } from "../search/search-request.js";
import type { Context } from "./context.js";
import { checkVariables } from "./limits.js";
import { MAX_ERRORS, MAX_IDS, MAX_SUGGESTIONS } from "./list-limits.js";
import { refusal } from "./refusal.js";

/** Characters of all operations whose costs are kept: names of variables can be as long as a client likes. */
const MAX_KEPT_CHARS = 1_000_000;
/** Fields that are counted before an operation is refused: fragments in fragments can multiply them without end. */
const MAX_FIELDS = 10_000;
/** What a search costs beside the fields of its hits, in fields. */
const SEARCH_COST = 10;
/** What a part of a mix costs: it is encoded, as the query of a search is. */
const PART_COST = 10;

interface ListField {
  /** What it costs beside the fields of its items. */
  readonly cost: number;
  /** The most items it can have: where more are asked for, its resolver refuses them and says so better. */
  readonly most: number;
  /** The argument that is a list with an entry for each item; a page has no such argument. */
  readonly of?: string;
}

/** The fields whose length an operation says. */
const LIST_FIELDS: Readonly<Record<string, ListField>> = {
  searchProducts: { cost: SEARCH_COST, most: MAX_FIRST },
  similar: { cost: SEARCH_COST, most: MAX_FIRST },
  suggest: { cost: 1, most: MAX_SUGGESTIONS },
  errors: { cost: 1, most: MAX_ERRORS },
  products: { cost: 1, most: MAX_IDS, of: "ids" },
  _entities: { cost: 1, most: MAX_IDS, of: "representations" },
  ingestProducts: { cost: 1, most: MAX_PRODUCTS, of: "products" },
  deleteProducts: { cost: 1, most: MAX_PRODUCTS, of: "ids" },
};

type Variables = Readonly<Record<string, unknown>>;

interface Operation {
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  readonly variables: Variables;
}

/**
 * Refuses an operation whose cost is over the limit, before it runs. A field costs 1. A list multiplies the cost of what is selected
 * below it by its length, as far as the operation says it (`first`, or the ids or products that are given). Each bucket that facets may
 * have costs 1, each part of a mix 10. So one number bounds nested `similar` and many aliases.
 */
export function costLimit(schema: GraphQLSchema, maxCost: number): ApolloServerPlugin<Context> {
  // Counting a document's fields takes as long as running it, and clients send the same few again and again.
  const costs = new LRUCache<string, number>({ maxSize: MAX_KEPT_CHARS, sizeCalculation: (_cost, key) => key.length });
  return {
    async requestDidStart() {
      return {
        async didResolveOperation({ request, document, operation, operationName, queryHash }) {
          // Apollo Server comes here, against its types, without an operation too where the document has none of the name.
          if (!operation || isIntrospection(operation)) return;
          const variables = request.variables ?? {};
          checkVariables(variables);
          const key = JSON.stringify([queryHash, operationName, countsOf(variables)]);
          const known = costs.get(key);
          const cost = known ?? costOf(schema, { document, operation, variables });
          if (cost === null) return;
          if (known === undefined) costs.set(key, cost);
          check(cost, maxCost);
        },
      };
    },
  };
}

/** Throws QUERY_TOO_COMPLEX for an operation over the limit. */
export function checkCost(schema: GraphQLSchema, operation: Operation, maxCost: number): void {
  check(costOf(schema, operation) ?? 0, maxCost);
}

/** Null for an operation with wrong variables: the executor runs nothing of it and says what is wrong with them. */
function costOf(schema: GraphQLSchema, { document, operation, variables }: Operation): number | null {
  const emptied = withoutItems(operation, variables);
  if (getVariableValues(schema, operation.variableDefinitions ?? [], emptied, { maxErrors: 1 }).errors) return null;
  try {
    return getComplexity({
      schema,
      query: document,
      operationName: operation.name?.value,
      variables: emptied,
      maxQueryNodes: MAX_FIELDS,
      estimators: [listEstimator(variables), simpleEstimator({ defaultComplexity: 1 })],
    });
  } catch (error) {
    throw error instanceof GraphQLError ? uncounted(error) : error;
  }
}

function listEstimator(variables: Variables): ComplexityEstimator {
  return ({ args, childComplexity, field, node }) => {
    const list = LIST_FIELDS[field.name];
    if (!list) return undefined;
    const length = list.of ? itemsOf(list.of, args, node, variables).length : pageSize(args, field);
    const buckets = bucketsOf(itemsOf("facets", args, node, variables));
    const parts = PART_COST * itemsOf("mix", args, node, variables).length;
    return list.cost + buckets + parts + Math.min(list.most, Math.max(1, length)) * childComplexity;
  };
}

/** An explicit null stands for the default. */
function pageSize(args: Variables, field: GraphQLField<unknown, unknown>): number {
  return Number(args["last"] ?? args["first"] ?? field.args.find(({ name }) => name === "first")?.defaultValue);
}

/** What a list argument holds; one that came as a variable has been emptied. */
function itemsOf(name: string, args: Variables, node: FieldNode, variables: Variables): readonly unknown[] {
  const given = node.arguments?.find((each) => each.name.value === name)?.value;
  const sent = given?.kind === "Variable" ? variables[given.name.value] : null;
  return Array.isArray(sent) ? sent : ((args[name] ?? []) as readonly unknown[]);
}

/** The most buckets that facets can have. They may still be anything: nothing has looked into a variable's list so far. */
function bucketsOf(facets: readonly unknown[]): number {
  return facets.reduce<number>((sum, facet) => {
    const { first, ranges } = (facet ?? {}) as Partial<FacetRequest>;
    return sum + (Array.isArray(ranges) ? ranges.length : Math.min(MAX_BUCKETS, Math.max(1, Number(first) || DEFAULT_BUCKETS)));
  }, 0);
}

/** The refusal of an operation that cannot be counted: an argument is wrong, or there are too many fields, of which no node is named. */
function uncounted({ nodes, message }: GraphQLError): GraphQLError {
  if (nodes) return refusal("BAD_USER_INPUT", message, nodes);
  const most = `The operation has more than ${MAX_FIELDS} fields, those of a fragment counted wherever it is used.`;
  return refusal("QUERY_TOO_COMPLEX", `${most} Ask for fewer.`);
}

function check(cost: number, maxCost: number): void {
  if (cost <= maxCost) return;
  const message = `The operation costs ${cost}; at most ${maxCost} is allowed. Ask for fewer hits, products, fields or searches.`;
  throw refusal("QUERY_TOO_COMPLEX", message);
}

/** The variables that a cost can depend on, page sizes, switches, lengths of lists and buckets of facets, and which others there are. */
function countsOf(variables: Variables): unknown[] {
  return Object.entries(variables).map(([name, value]) => {
    if (Array.isArray(value)) return [name, [value.length, bucketsOf(value)]];
    if (typeof value === "object" && value !== null) return [name, [bucketsOf([value])]];
    return [name, typeof value === "string" ? "" : value];
  });
}

/**
 * Lists with nothing in them: no cost depends on an item, and reading an embedding twice takes as long as counting all
 * fields. A list where none is wanted stays, so that it is the same mistake for the count as for the executor.
 */
function withoutItems({ variableDefinitions = [] }: OperationDefinitionNode, variables: Variables): Variables {
  const emptied = { ...variables };
  for (const { type, variable } of variableDefinitions) {
    const isList = (type.kind === "NonNullType" ? type.type : type).kind === "ListType";
    if (isList && Array.isArray(emptied[variable.name.value])) emptied[variable.name.value] = [];
  }
  return emptied;
}

function isIntrospection({ selectionSet }: OperationDefinitionNode): boolean {
  return selectionSet.selections.every((each) => each.kind === "Field" && each.name.value.startsWith("__"));
}
