import "reflect-metadata";
import { type GraphQLSchema, lexicographicSortSchema, printSchema } from "graphql";
import { buildSchemaSync } from "type-graphql";
import { IngestResolver } from "./resolvers/ingest-resolver.js";
import { PicturesResolver } from "./resolvers/pictures-resolver.js";
import { SearchResolver } from "./resolvers/search-resolver.js";
import { SuggestResolver } from "./resolvers/suggest-resolver.js";

let schema: GraphQLSchema | undefined;

/** The executable schema; built once a process, since type-graphql's metadata is global. */
export function getSchema(): GraphQLSchema {
  schema ??= buildSchemaSync({ resolvers: [SearchResolver, SuggestResolver, IngestResolver, PicturesResolver], validate: false });
  return schema;
}

/** The schema as SDL, sorted, as it is committed in `schema/schema.graphql`. */
export function printSdl(): string {
  return `${printSchema(lexicographicSortSchema(getSchema()))}\n`;
}
