import "reflect-metadata";
import { type GraphQLSchema, isEnumType, lexicographicSortSchema, printSchema } from "graphql";
import { buildSchemaSync, type PubSub } from "type-graphql";
import { CatalogResolver, IndexInfoResolver } from "./resolvers/catalog-resolver.js";
import { IngestResolver } from "./resolvers/ingest-resolver.js";
import { JobResolver } from "./resolvers/job-resolver.js";
import { PicturesResolver } from "./resolvers/pictures-resolver.js";
import { SearchResolver } from "./resolvers/search-resolver.js";
import { SuggestResolver } from "./resolvers/suggest-resolver.js";
import { printSubgraph, toSubgraph } from "./subgraph.js";

/** type-graphql wants one for any subscription; ours bring their own streams, so nothing ever goes through it. */
const pubSub: PubSub = {
  publish: () => {},
  subscribe: (topic) => {
    throw new Error(`Nothing is published as ${topic}.`);
  },
};

/** Values of enums are shorter. */
const MAX_SUGGESTED_CHARS = 100;

let schema: GraphQLSchema | undefined;
let subgraph: GraphQLSchema | undefined;

/** The executable schema; built once a process, since type-graphql's metadata is global. */
export function getSchema(): GraphQLSchema {
  schema ??= withBoundSuggestions(
    buildSchemaSync({
      resolvers: [SearchResolver, CatalogResolver, IndexInfoResolver, SuggestResolver, IngestResolver, JobResolver, PicturesResolver],
      validate: false,
      pubSub,
    }),
  );
  return schema;
}

/** The same as a subgraph of Apollo Federation 2. */
export function getSubgraphSchema(): GraphQLSchema {
  subgraph ??= toSubgraph(getSchema());
  return subgraph;
}

/** For a value that an enum does not have, GraphQL.js looks for similar ones, in memory of many times its length; not for a long one here. */
function withBoundSuggestions(built: GraphQLSchema): GraphQLSchema {
  for (const type of Object.values(built.getTypeMap())) {
    if (!isEnumType(type)) continue;
    const parseValue = type.parseValue.bind(type);
    type.parseValue = (value) => parseValue(value, typeof value !== "string" || value.length > MAX_SUGGESTED_CHARS);
  }
  return built;
}

/** The schema as SDL, sorted, as it is committed in `schema/schema.graphql`. */
export function printSdl(): string {
  return `${printSchema(lexicographicSortSchema(getSchema()))}\n`;
}

/** The SDL of the subgraph, as `_service` gives it. */
export function printSubgraphSdl(): string {
  return printSubgraph(getSchema());
}
