import type { Embedding } from "../../domain/embedding.js";
import type { IndexPage, IndexQuery, Match } from "../../domain/search.js";
import { allOf, filterSql, isIn } from "./filter-sql.js";
import type { Found } from "./found.js";
import { lexicalMatches } from "./lexical.js";
import { listingMatches } from "./listing.js";
import { nearest, type Scope } from "./nearest.js";
import type { ProductReader } from "./product-reader.js";
import type { EmbeddingColumn } from "./schema.js";

export type Searched = Omit<Scope, "where" | "whole">;

/**
 * One list. The engine's searches read ids and scores alone; products are read whole only where they are asked for.
 * A filter goes into the walk of the graph; where it leaves few rows, the engine compares those one by one instead.
 */
export async function searchTable(searched: Searched, query: IndexQuery): Promise<IndexPage> {
  const clauses = [];
  if (query.filter) clauses.push(filterSql(query.filter));
  if (query.excludeIds.length > 0) clauses.push(`NOT ${isIn("id", query.excludeIds)}`);
  const where = clauses.length > 0 ? allOf(clauses) : null;
  const { matches, ...rest } = await list({ ...searched, where, whole: query.withProducts && !query.withEmbeddings }, query);
  return { matches: query.withProducts ? await withProducts(searched.products, matches, query.withEmbeddings) : matches, ...rest };
}

async function list(scope: Scope, query: IndexQuery): Promise<Found> {
  const { table, where } = scope;
  switch (query.order.kind) {
    case "listing":
      return await listingMatches(table, where, query.order, query);
    case "lexical":
      return await lexicalMatches(table, where, query.order.words, query);
    case "image":
      return await semantic(scope, "image_embedding", query.order.embedding, query);
    case "text":
      return await semantic(scope, "text_embedding", query.order.embedding, query);
  }
}

async function semantic(scope: Scope, column: EmbeddingColumn, embedding: Embedding, query: IndexQuery): Promise<Found> {
  const { table, where } = scope;
  const [matches, count] = await Promise.all([
    query.limit > 0 ? nearest(scope, column, embedding, query.limit + 1) : [],
    query.withTotal ? table.countRows(allOf([`has_${column}`, ...(where ? [where] : [])])) : null,
  ]);
  return {
    matches: matches.slice(0, query.limit),
    ended: query.limit > 0 && matches.length <= query.limit,
    total: count === null ? null : { count, relation: "EXACT" },
    facets: [],
  };
}

/** Matches with their products; one that was deleted since it was found is left out. */
async function withProducts(products: ProductReader, matches: readonly Match[], withEmbeddings: boolean): Promise<Match[]> {
  const found = await products.read(
    matches.map(({ id }) => id),
    withEmbeddings,
  );
  return matches.flatMap((match) => {
    const stored = found.get(match.id);
    return stored ? [{ ...match, stored }] : [];
  });
}
