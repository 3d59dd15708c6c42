import type { Table, VectorQuery } from "@lancedb/lancedb";
import type { Embedding } from "../../domain/embedding.js";
import { byScore } from "../../domain/order.js";
import type { Match } from "../../domain/search.js";
import { allOf } from "./filter-sql.js";
import type { KeptEmbeddings } from "./kept-embeddings.js";
import type { PassingRows } from "./passing-rows.js";
import type { ProductReader } from "./product-reader.js";
import { rowKeys } from "./row-key.js";
import type { EmbeddingColumn } from "./schema.js";
import { bestOf, type ScoredRow } from "./scored-rows.js";

/** So many times the wanted matches are compared again by their true embeddings: the graph keeps 8 bits a number. */
const REFINE_FACTOR = 2;
/** From this depth on comparing all rows costs no more than walking the graph so far. */
const MAX_GRAPH_DEPTH = 1_000;
/** Embeddings of a list that are compared exactly for one search, at most, in 1 to 2 ms: for more a walk of the graph is as fast. */
const MOST_COMPARED = 4_000;

/** What a k-NN search looks through. */
export interface Scope {
  readonly table: Table;
  readonly products: ProductReader;
  readonly passing: PassingRows;
  readonly embeddings: Readonly<Record<EmbeddingColumn, KeptEmbeddings>>;
  readonly filter: string | null;
  /** Products that are left out. */
  readonly excludeIds: readonly string[];
  /** Whether the products of the matches are read next. */
  readonly whole: boolean;
  /** Breadth of a search in the HNSW graph (ef); null compares every row that passes the filter. */
  readonly breadth: number | null;
}

/**
 * The nearest `depth` products, best first, equal ones by id. The engine cuts a list anywhere within a run of equal
 * distances, another way for each depth, so one that ends inside such a run is read on to the run's end: else pages would
 * repeat some products and miss others.
 */
export async function nearest(scope: Scope, column: EmbeddingColumn, embedding: Embedding, depth: number): Promise<Match[]> {
  const excluded = new Set(scope.excludeIds);
  const wanted = depth + excluded.size;
  for (let k = wanted; ; ) {
    const matches = await nearestOnce(scope, column, embedding, k);
    if (matches === null) {
      // A product was deleted meanwhile, or rows have come to lie elsewhere.
      scope.passing.forget();
      continue;
    }
    if (matches.length > k && matches[k]?.score === matches[wanted - 1]?.score) {
      k *= 4;
      continue;
    }
    return matches
      .filter(({ id }) => !excluded.has(id))
      .sort(byScore)
      .slice(0, depth);
  }
}

/** The nearest `k` and at least one more, if it equals the last of them; best first. Null when a row that was found is no longer there. */
async function nearestOnce(scope: Scope, column: EmbeddingColumn, embedding: Embedding, k: number): Promise<Match[] | null> {
  const best = (await scope.embeddings[column].fit())
    ? await bestHere(scope, column, embedding, k)
    : await engineFinds(scope, column, embedding, { k, compares: true });
  if (best === null) return null;
  const owners = await scope.products.ownersOf(
    best.map(({ row }) => row),
    scope.whole,
  );
  const other = column === "image_embedding" ? "has_text_embedding" : "has_image_embedding";
  return owners?.map((owner, i) => ({ id: owner.id, score: best[i]?.score as number, lacksOther: !owner[other], stored: null })) ?? null;
}

/** Always by the same arithmetic, however the rows were found: a cosine tells where the next page begins. */
async function bestHere(scope: Scope, column: EmbeddingColumn, embedding: Embedding, k: number): Promise<ScoredRow[] | null> {
  const embeddings = scope.embeddings[column];
  const listed = await listedRows(scope, column, k);
  const list = listed && (await embeddings.list(listed));
  const found = list?.nearest(embedding, k, walks(scope, k) ? MOST_COMPARED : undefined);
  if (found) return found;
  const rows = listed && !list ? listed : (await engineFinds(scope, column, embedding, { k, compares: false })).map(({ row }) => row);
  const cosines = await embeddings.cosines(embedding, rows);
  return cosines && bestOf(rows, cosines, k + 1);
}

/** All rows that pass the filter, where these are few enough; null where the engine is to find candidates. */
async function listedRows(scope: Scope, column: EmbeddingColumn, k: number): Promise<readonly number[] | null> {
  const { filter, breadth, passing, embeddings } = scope;
  // Where there is a graph, no search need wait until all embeddings are read.
  if (breadth !== null && !embeddings[column].areRead) return null;
  if (walks(scope, k) && filter === null && !passing.areSettled) return null;
  const has = `has_${column}`;
  return await passing.of(filter ? allOf([has, filter]) : has);
}

function walks({ breadth }: Scope, k: number): boolean {
  return breadth !== null && k < MAX_GRAPH_DEPTH;
}

/**
 * The rows that a walk of the graph holds for the nearest, or the nearest of all, which the engine reads from disk. `compares`: it
 * compares a walk's rows exactly too, and gives the best `k` and one more, which may equal the last of these; else there are more of them.
 */
async function engineFinds(
  scope: Scope,
  column: EmbeddingColumn,
  embedding: Embedding,
  { k, compares }: { k: number; compares: boolean },
): Promise<ScoredRow[]> {
  const { table, filter, breadth } = scope;
  const count = k + 1;
  const search = (table.query().nearestTo(embedding) as VectorQuery).column(column).distanceType("cosine").limit(count);
  if (filter) search.where(filter);
  if (walks(scope, k)) {
    search.ef(Math.max(breadth ?? 0, count * REFINE_FACTOR));
    if (compares) search.refineFactor(REFINE_FACTOR);
    else search.limit(count * REFINE_FACTOR);
  } else search.bypassVectorIndex();
  const found = await search.select(["_distance"]).withRowId().toArrow();
  const distances = found.getChild("_distance");
  // Rounding can take a distance out of [0, 2].
  const cosine = (i: number) => Math.min(1, Math.max(-1, 1 - (distances?.get(i) as number)));
  return rowKeys(found.getChild("_rowid")).map((row, i) => ({ row, score: cosine(i) }));
}
