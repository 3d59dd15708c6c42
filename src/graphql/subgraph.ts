import {
  assertObjectType,
  type FieldDefinitionNode,
  GraphQLList,
  GraphQLNonNull,
  GraphQLObjectType,
  GraphQLScalarType,
  GraphQLSchema,
  GraphQLString,
  GraphQLUnionType,
  lexicographicSortSchema,
  parse,
  print,
  printSchema,
  visit,
} from "graphql";
import { badInput } from "../domain/errors.js";
import type { Context } from "./context.js";
import { checkArgumentLength, MAX_IDS } from "./list-limits.js";
import { productsFor } from "./selected.js";
import { type ProductType, toProductType } from "./types/product-type.js";

/** Version 2.4 is the first with subscriptions; whatever composes later ones takes it too. */
const LINK = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.4", import: ["@key", "@shareable"])';
/** The only entity. */
const ENTITY = "Product";

/**
 * The schema with the fields by which a router uses it as a subgraph (Apollo Federation Subgraph Specification): `_service` gives the
 * SDL to compose, `_entities` gives products by id.
 */
export function toSubgraph(schema: GraphQLSchema): GraphQLSchema {
  const { types, ...others } = schema.toConfig();
  const query = assertObjectType(schema.getQueryType());
  const { fields, ...ofQuery } = query.toConfig();
  const sdl = printSubgraph(schema);
  const service = new GraphQLObjectType({
    name: "_Service",
    fields: { sdl: { type: new GraphQLNonNull(GraphQLString), resolve: () => sdl } },
  });
  const entity = new GraphQLUnionType({
    name: "_Entity",
    types: [assertObjectType(schema.getType(ENTITY))],
    resolveType: () => ENTITY,
  });
  const representation = new GraphQLScalarType({ name: "_Any", description: "What a router knows of a product: its __typename and id." });
  return new GraphQLSchema({
    ...others,
    types: types.filter((type) => type !== query),
    query: new GraphQLObjectType<unknown, Context>({
      ...ofQuery,
      fields: {
        ...fields,
        _service: { type: new GraphQLNonNull(service), description: "For routers: what they compose.", resolve: () => ({}) },
        _entities: {
          type: new GraphQLNonNull(new GraphQLList(entity)),
          description: "For routers: products in the order of the representations, null where there is none.",
          args: { representations: { type: new GraphQLNonNull(new GraphQLList(new GraphQLNonNull(representation))) } },
          resolve: async (_root, { representations }, context, info) => await findProducts(representations, productsFor(info, context)),
        },
      },
    }),
  });
}

async function findProducts(representations: readonly unknown[], products: Context["products"]): Promise<(ProductType | null)[]> {
  checkArgumentLength("representations", representations, MAX_IDS);
  const found = await Promise.all(representations.map(idOf).map((id) => products.load(id)));
  return found.map((stored) => stored && toProductType(stored));
}

function idOf(representation: unknown, i: number): string {
  const { __typename: type, id } = Object(representation) as { readonly __typename?: unknown; readonly id?: unknown };
  if (type === ENTITY && (typeof id === "string" || Number.isInteger(id))) return String(id);
  const message = `representations[${i}] names no product; one that does is like { __typename: "${ENTITY}", id: "1" }.`;
  throw badInput(message, ["representations", String(i)]);
}

/**
 * The schema as SDL, sorted, with the directives of federation, which GraphQL.js leaves out. Of a product only the id is never null: a
 * router asks for whatever other subgraphs have, and a product that this one lacks must not take the list with it that it is in.
 */
export function printSubgraph(schema: GraphQLSchema): string {
  const document = visit(parse(printSchema(lexicographicSortSchema(schema))), {
    ObjectTypeDefinition: (node) => ({
      ...node,
      directives: schema.getType(node.name.value)?.astNode?.directives,
      fields: node.name.value === ENTITY ? node.fields?.map(nullable) : node.fields,
    }),
  });
  return `${LINK}\n\n${print(document)}\n`;
}

function nullable(field: FieldDefinitionNode): FieldDefinitionNode {
  return field.name.value !== "id" && field.type.kind === "NonNullType" ? { ...field, type: field.type.type } : field;
}
