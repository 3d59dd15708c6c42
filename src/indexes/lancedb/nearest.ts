import type { Table, VectorQuery } from "@lancedb/lancedb";
import type { Embedding } from "../../domain/embedding.js";
import type { Match } from "../../domain/search.js";
import { byScore } from "./found.js";
import type { ProductReader } from "./product-reader.js";
import type { EmbeddingColumn } from "./schema.js";

/** So many times the wanted matches are compared again by their true embeddings: the graph keeps 8 bits a number. */
const REFINE_FACTOR = 2;
/** From this depth on comparing all rows costs no more than walking the graph so far. */
const MAX_GRAPH_DEPTH = 1_000;

/** What a k-NN search looks through. */
export interface Scope {
  readonly table: Table;
  readonly products: ProductReader;
  readonly where: string | null;
  /** Whether the products of the matches are read next. */
  readonly whole: boolean;
  /** Breadth of a search in the HNSW graph (ef); null compares every row that passes the filter. */
  readonly breadth: number | null;
}

/**
 * The nearest `depth` products or more, best first, equal ones by id. The engine cuts a run of equal distances anywhere,
 * another way for each depth, so a list that ends inside such a run is read on to the run's end: else pages would
 * repeat some products and miss others.
 */
export async function nearest(scope: Scope, column: EmbeddingColumn, embedding: Embedding, depth: number): Promise<Match[]> {
  for (let k = depth + 1; ; k *= 4) {
    const matches = await nearestOnce(scope, column, embedding, k);
    // A product was deleted meanwhile.
    if (matches === null) continue;
    const ended = matches.length < k;
    if (!ended && matches[k - 1]?.score === matches[depth - 1]?.score) continue;
    return matches.sort(byScore).slice(0, depth);
  }
}

/** Null when a row that was found is no longer there. */
async function nearestOnce(scope: Scope, column: EmbeddingColumn, embedding: Embedding, k: number): Promise<Match[] | null> {
  const { table, products, where, breadth, whole } = scope;
  const search = (table.query().nearestTo(embedding) as VectorQuery).column(column).distanceType("cosine");
  if (breadth === null || k > MAX_GRAPH_DEPTH) search.bypassVectorIndex();
  else search.ef(Math.max(breadth, k * REFINE_FACTOR)).refineFactor(REFINE_FACTOR);
  if (where) search.where(where);
  const found = await search.select(["_distance"]).withRowId().limit(k).toArrow();
  const distances = found.getChild("_distance");
  const ids = await products.idsOf([...(found.getChild("_rowid") ?? [])].map(Number), whole);
  if (ids === null) return null;
  return ids.map((id, i) => ({ id, score: Math.min(1, Math.max(-1, 1 - (distances?.get(i) as number))), stored: null }));
}
