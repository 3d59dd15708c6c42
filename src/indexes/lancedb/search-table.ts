import type { Table, VectorQuery } from "@lancedb/lancedb";
import type { Embedding } from "../../domain/embedding.js";
import { type Match, type Ranked, rank } from "../../domain/fusion.js";
import type { StoredProduct } from "../../domain/product.js";
import { FUSION_DEPTH, type Hit, type IndexPage, type IndexQuery, type Signals } from "../../domain/search.js";
import { allOf, filterSql, isIn } from "./filter-sql.js";
import { EMBEDDING_COLUMNS, type EmbeddingColumn, fromRow, type Row, STORED_COLUMNS } from "./schema.js";

const NO_SIGNALS: Signals = { image: null, text: null, imageRank: null, textRank: null };
/** Least breadth of a search in the HNSW graph. */
const MIN_EF = 100;
const REFINE_FACTOR = 3;
/** From this depth on comparing all rows costs no more than walking the graph so far. */
const MAX_GRAPH_DEPTH = 1_000;

interface Scope {
  readonly table: Table;
  readonly where: string | null;
  /** Compare every row that passes instead of using a vector index. */
  readonly exact: boolean;
}

/**
 * One search. The vector searches read ids and distances alone; only the products of the page are read whole.
 * `exactRows`: where a vector index exists, a filter that leaves no more rows than this is still searched exactly,
 * since a graph walk through mostly forbidden rows finds too few. Null when there is no vector index.
 */
export async function searchTable(table: Table, query: IndexQuery, exactRows: number | null): Promise<IndexPage> {
  const clauses = [];
  if (query.filter) clauses.push(filterSql(query.filter));
  if (query.excludeIds.length > 0) clauses.push(`NOT ${isIn("id", query.excludeIds)}`);
  const where = clauses.length > 0 ? allOf(clauses) : null;
  if (!query.image && !query.text) return list(table, query, where);
  const exact = exactRows === null || (query.filter !== null && (await table.countRows(where ?? undefined)) <= exactRows);
  const scope = { table, where, exact };
  return query.image && query.text ? fused(scope, query, query.image, query.text) : single(scope, query);
}

/** What passes the filter, by id. */
async function list(table: Table, query: IndexQuery, where: string | null): Promise<IndexPage> {
  const { offset, limit } = query;
  const page = table.query().select(["id"]).orderBy({ columnName: "id", ascending: true });
  if (where) page.where(where);
  const [rows, count] = await Promise.all([
    page
      .offset(offset)
      .limit(limit + 1)
      .toArray() as Promise<{ id: string }[]>,
    query.withTotal ? table.countRows(where ?? undefined) : null,
  ]);
  const ranked = rows.slice(0, limit).map(({ id }) => ({ id, score: 0, similarity: null, signals: NO_SIGNALS }));
  const hits = await loadHits(table, ranked, query.withEmbeddings);
  return { hits, hasMore: rows.length > limit, total: count === null ? null : { count, relation: "EXACT" } };
}

async function single(scope: Scope, query: IndexQuery): Promise<IndexPage> {
  const { image, text, offset, limit, minSimilarity, withTotal } = query;
  const column = image ? "image_embedding" : "text_embedding";
  const end = offset + limit;
  const countable = withTotal && minSimilarity === null;
  const [matches, count] = await Promise.all([
    nearest(scope, column, (image ?? text) as Embedding, end + 1),
    countable ? scope.table.countRows(allOf([`has_${column}`, ...(scope.where ? [scope.where] : [])])) : null,
  ]);
  const ranked = image ? rank(matches, null, minSimilarity) : rank(null, matches, minSimilarity);
  const ended = ranked.length < matches.length || matches.length <= end;
  const total = { count: count ?? ranked.length, relation: count !== null || ended ? ("EXACT" as const) : ("LOWER_BOUND" as const) };
  const hits = await loadHits(scope.table, ranked.slice(offset, end), query.withEmbeddings);
  return { hits, hasMore: ranked.length > end, total: withTotal ? total : null };
}

async function fused(scope: Scope, query: IndexQuery, image: Embedding, text: Embedding): Promise<IndexPage> {
  const lists = await Promise.all([
    nearest(scope, "image_embedding", image, FUSION_DEPTH),
    nearest(scope, "text_embedding", text, FUSION_DEPTH),
  ]);
  const [images, texts] = lists.map((each) => each.slice(0, FUSION_DEPTH)) as [Match[], Match[]];
  const ranked = rank(images, texts, query.minSimilarity);
  const cut = images.length === FUSION_DEPTH || texts.length === FUSION_DEPTH;
  const end = query.offset + query.limit;
  const hits = await loadHits(scope.table, ranked.slice(query.offset, end), query.withEmbeddings);
  const total = { count: ranked.length, relation: cut ? ("CANDIDATES" as const) : ("EXACT" as const) };
  return { hits, hasMore: ranked.length > end, total: query.withTotal ? total : null };
}

/**
 * The nearest `depth` products or more, best first, equal ones by id. The engine cuts a run of equal distances anywhere,
 * another way for each depth, so a list that ends inside such a run is read on to the run's end: else pages would
 * repeat some products and miss others.
 */
async function nearest(scope: Scope, column: EmbeddingColumn, embedding: Embedding, depth: number): Promise<Match[]> {
  for (let k = depth + 1; ; k *= 4) {
    const matches = await nearestOnce(scope, column, embedding, k);
    const ended = matches.length < k;
    if (!ended && matches[k - 1]?.similarity === matches[depth - 1]?.similarity) continue;
    return matches.sort((a, b) => b.similarity - a.similarity || (a.id < b.id ? -1 : 1)).slice(0, depth);
  }
}

async function nearestOnce({ table, where, exact }: Scope, column: EmbeddingColumn, embedding: Embedding, k: number): Promise<Match[]> {
  const search = (table.query().nearestTo(embedding) as VectorQuery).column(column).distanceType("cosine");
  if (exact || k > MAX_GRAPH_DEPTH) search.bypassVectorIndex();
  else search.ef(Math.max(MIN_EF, k * REFINE_FACTOR)).refineFactor(REFINE_FACTOR);
  if (where) search.where(where);
  const found = await search.select(["id", "_distance"]).limit(k).toArrow();
  const ids = found.getChild("id");
  const distances = found.getChild("_distance");
  const matches: Match[] = [];
  for (let i = 0; i < found.numRows; i++) {
    matches.push({ id: ids?.get(i) as string, similarity: Math.min(1, Math.max(-1, 1 - (distances?.get(i) as number))) });
  }
  return matches;
}

/** Reads the products of a page in one query; one that was deleted since it was found is left out. */
async function loadHits(
  table: Table,
  ranked: readonly (Omit<Ranked, "similarity"> & { similarity: number | null })[],
  withEmbeddings: boolean,
): Promise<Hit[]> {
  const stored = await loadProducts(
    table,
    ranked.map(({ id }) => id),
    withEmbeddings,
  );
  const hits: Hit[] = [];
  for (const { id, score, similarity, signals } of ranked) {
    const product = stored.get(id);
    if (product) hits.push({ ...product, score, similarity, signals });
  }
  return hits;
}

export async function loadProducts(table: Table, ids: readonly string[], withEmbeddings: boolean): Promise<Map<string, StoredProduct>> {
  if (ids.length === 0) return new Map();
  const columns = withEmbeddings ? [...STORED_COLUMNS, ...EMBEDDING_COLUMNS] : STORED_COLUMNS;
  const rows = (await table.query().select(columns).where(isIn("id", ids)).toArray()) as Row[];
  return new Map(rows.map((row) => [row.id, fromRow(row)]));
}
