import type { GraphQLResolveInfo } from "graphql";
import { parseResolveInfo, type ResolveTree } from "graphql-parse-resolve-info";
import type { Context } from "./context.js";

/** Gives a function that tells whether the operation selects a field of a name below the one being resolved, so that work can be left out. */
export function selectionOf(info: GraphQLResolveInfo): (field: string) => boolean {
  const tree = parseResolveInfo(info) as ResolveTree | null;
  return (field) => tree !== null && below(tree, field, 3);
}

/** What reads the products of the field being resolved: with embeddings only where others like them are asked for. */
export function productsFor(info: GraphQLResolveInfo, { products, embeddedProducts }: Context): Context["products"] {
  return selectionOf(info)("similar") ? embeddedProducts : products;
}

/** Looks `levels` deep: connection → edges or nodes → product; deeper searches look for themselves. */
function below(tree: ResolveTree, field: string, levels: number): boolean {
  if (levels === 0) return false;
  return Object.values(tree.fieldsByTypeName).some((fields) =>
    Object.values(fields).some((each) => each.name === field || below(each, field, levels - 1)),
  );
}
