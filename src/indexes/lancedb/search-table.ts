import type { Table } from "@lancedb/lancedb";
import type { Embedding } from "../../domain/embedding.js";
import { asError } from "../../domain/errors.js";
import type { Outcome } from "../../domain/ports.js";
import type { StoredProduct } from "../../domain/product.js";
import type { IndexPage, IndexQuery, Match } from "../../domain/search.js";
import { allOf, filterSql, isIn } from "./filter-sql.js";
import { KeptEmbeddings } from "./kept-embeddings.js";
import { KnownWords, lexicalMatches } from "./lexical.js";
import { listingMatches } from "./listing.js";
import { nearest, type Scope } from "./nearest.js";
import { PassingRows } from "./passing-rows.js";
import { ProductReader } from "./product-reader.js";
import { EMBEDDING_COLUMNS, type EmbeddingColumn } from "./schema.js";

/**
 * Numbers in the embeddings of a list that is searched here, at most, while writes go on: after each it takes longer to list and
 * lay out more than the engine takes to find the nearest of them.
 */
const MAX_LISTED_NUMBERS = 6_400_000;
/** The same once writes have paused: bounds of so many take a millisecond, and other searches wait meanwhile. */
const MAX_SETTLED_NUMBERS = 64_000_000;

/** A table and what of it is kept in memory. */
export type Searched = Pick<Scope, "table" | "products" | "passing" | "embeddings">;
type Listed = Scope & { readonly where: string | null; readonly knownWords: KnownWords };

export interface KeepOptions {
  /** False for a table that another process writes. */
  readonly keeps: boolean;
  readonly dimension: number;
  /** Memory for embeddings, of both columns together. */
  readonly memoryBytes: number;
}

export function openSearched(table: Table, { keeps, dimension, memoryBytes }: KeepOptions): Searched {
  const keep = (column: EmbeddingColumn) =>
    new KeptEmbeddings(table, column, { dimension, maxBytes: memoryBytes / EMBEDDING_COLUMNS.length });
  return {
    table,
    products: new ProductReader(table, keeps),
    passing: new PassingRows(table, {
      keeps,
      most: Math.floor(MAX_LISTED_NUMBERS / dimension),
      mostSettled: Math.floor(MAX_SETTLED_NUMBERS / dimension),
    }),
    embeddings: { image_embedding: keep("image_embedding"), text_embedding: keep("text_embedding") },
  };
}

/**
 * A list, or an Error, per query. A semantic one is found in memory where it can be (`nearest`), else by a walk of the graph of the
 * given breadth, or, where that is null, among all rows. Ids and scores alone are found; products are read only where they are
 * asked for, and each once however many lists it is in.
 */
export async function searchTable(
  searched: Searched,
  breadth: number | null,
  queries: readonly IndexQuery[],
): Promise<Outcome<IndexPage>[]> {
  const knownWords = new KnownWords(searched.table);
  const lists = await Promise.all(
    queries.map(async (query) => await list(toScope(searched, breadth, query, knownWords), query).catch(asError)),
  );
  const read = async (withEmbeddings: boolean) => {
    const wanted = lists.flatMap((found, i) => {
      const query = queries[i] as IndexQuery;
      return !(found instanceof Error) && query.withProducts && query.withEmbeddings === withEmbeddings ? found.matches : [];
    });
    return await searched.products.read([...new Set(wanted.map(({ id }) => id))], withEmbeddings).catch(asError);
  };
  const [plain, withEmbeddings] = await Promise.all([read(false), read(true)]);
  return lists.map((found, i) => {
    const query = queries[i] as IndexQuery;
    if (found instanceof Error || !query.withProducts) return found;
    const products = query.withEmbeddings ? withEmbeddings : plain;
    return products instanceof Error ? products : { ...found, matches: withProducts(found.matches, products) };
  });
}

function toScope(searched: Searched, breadth: number | null, query: IndexQuery, knownWords: KnownWords): Listed {
  const { excludeIds } = query;
  const filter = query.filter && filterSql(query.filter);
  const clauses = filter ? [filter] : [];
  if (excludeIds.length > 0) clauses.push(`NOT ${isIn("id", excludeIds)}`);
  const where = clauses.length > 0 ? allOf(clauses) : null;
  return { ...searched, breadth, filter, excludeIds, where, whole: query.withProducts && !query.withEmbeddings, knownWords };
}

async function list(scope: Listed, query: IndexQuery): Promise<IndexPage> {
  const { table, where, knownWords } = scope;
  switch (query.order.kind) {
    case "listing":
      return await listingMatches(table, where, query.order, query);
    case "lexical":
      return await lexicalMatches(table, where, query.order.words, knownWords, query);
    case "image":
      return await semantic(scope, "image_embedding", query.order.embedding, query);
    case "text":
      return await semantic(scope, "text_embedding", query.order.embedding, query);
  }
}

async function semantic(scope: Listed, column: EmbeddingColumn, embedding: Embedding, query: IndexQuery): Promise<IndexPage> {
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
function withProducts(matches: readonly Match[], products: ReadonlyMap<string, StoredProduct>): Match[] {
  return matches.flatMap((match) => {
    const stored = products.get(match.id);
    return stored ? [{ ...match, stored }] : [];
  });
}
