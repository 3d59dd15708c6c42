import type { Table, VectorQuery } from "@lancedb/lancedb";
import type { Embedding } from "../../domain/embedding.js";
import type { Match } from "../../domain/search.js";
import { allOf } from "./filter-sql.js";
import { byScore } from "./found.js";
import type { KeptEmbeddings } from "./kept-embeddings.js";
import type { PassingRows } from "./passing-rows.js";
import type { ProductReader } from "./product-reader.js";
import type { EmbeddingColumn } from "./schema.js";

/** So many times the wanted matches are compared again by their true embeddings: the graph keeps 8 bits a number. */
const REFINE_FACTOR = 2;
/** From this depth on comparing all rows costs no more than walking the graph so far. */
const MAX_GRAPH_DEPTH = 1_000;
/** Numbers that are compared here at once, in about 3 ms: other searches wait meanwhile. The engine reads them from disk and takes ten times as long. */
const MAX_SCANNED_NUMBERS = 6_400_000;

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
 * The nearest `depth` products or more, best first, equal ones by id. A list is cut anywhere within a run of equal
 * distances, another way for each depth, so one that ends inside such a run is read on to the run's end: else pages would
 * repeat some products and miss others.
 */
export async function nearest(scope: Scope, column: EmbeddingColumn, embedding: Embedding, depth: number): Promise<Match[]> {
  const excluded = new Set(scope.excludeIds);
  const wanted = depth + excluded.size;
  for (let k = wanted + 1; ; ) {
    const matches = await nearestOnce(scope, column, embedding, k);
    if (matches === null) {
      // A product was deleted meanwhile, or rows have come to lie elsewhere.
      scope.passing.forget();
      continue;
    }
    if (matches.length >= k && matches[k - 1]?.score === matches[wanted - 1]?.score) {
      k *= 4;
      continue;
    }
    return matches
      .filter(({ id }) => !excluded.has(id))
      .sort(byScore)
      .slice(0, depth);
  }
}

/** The nearest `k`, best first; null when a row that was found is no longer there. */
async function nearestOnce(scope: Scope, column: EmbeddingColumn, embedding: Embedding, k: number): Promise<Match[] | null> {
  const { areTooMany } = scope.embeddings[column];
  const best = areTooMany ? await bestByEngine(scope, column, embedding, k) : await bestHere(scope, column, embedding, k);
  if (best === null) return null;
  const ids = await scope.products.idsOf(
    best.map(({ row }) => row),
    scope.whole,
  );
  return ids?.map((id, i) => ({ id, score: best[i]?.score as number, stored: null })) ?? null;
}

/** Always by the same arithmetic, however the rows were found: a cosine tells where the next page begins. */
async function bestHere(scope: Scope, column: EmbeddingColumn, embedding: Embedding, k: number): Promise<ScoredRow[] | null> {
  const { rows, again } = await candidates(scope, column, embedding, k);
  const cosines = await scope.embeddings[column].cosines(embedding, rows, again);
  return cosines && bestOf(rows, cosines, k);
}

/** Compared by the engine too, which reads the embeddings of its candidates from disk. */
async function bestByEngine(scope: Scope, column: EmbeddingColumn, embedding: Embedding, k: number): Promise<ScoredRow[]> {
  const { breadth } = scope;
  const search = near(scope, column, embedding, k);
  if (breadth === null || k > MAX_GRAPH_DEPTH) search.bypassVectorIndex();
  else search.ef(Math.max(breadth, k * REFINE_FACTOR)).refineFactor(REFINE_FACTOR);
  const found = await search.select(["_distance"]).withRowId().toArrow();
  const distances = found.getChild("_distance");
  return Array.from(found.getChild("_rowid") ?? [], (row, i) => {
    return { row: Number(row), score: Math.min(1, Math.max(-1, 1 - (distances?.get(i) as number))) };
  });
}

/** Rows among which the nearest `k` are. */
interface Candidates {
  readonly rows: readonly number[];
  /** Whether the same list, all that passes a filter, will be gone through again. */
  readonly again: boolean;
}

async function candidates(scope: Scope, column: EmbeddingColumn, embedding: Embedding, k: number): Promise<Candidates> {
  const { filter, breadth, passing } = scope;
  const walks = breadth !== null && k <= MAX_GRAPH_DEPTH;
  if (!walks || filter !== null) {
    const has = `has_${column}`;
    const kept = scope.embeddings[column];
    const few = await passing.of(filter ? allOf([has, filter]) : has, Math.floor(MAX_SCANNED_NUMBERS / embedding.length));
    if (few && (kept.count > 0 || (breadth === null && few.length <= kept.maxRows))) return { rows: few, again: true };
  }
  const search = walks ? walk(scope, column, embedding, k * REFINE_FACTOR) : compareAll(scope, column, embedding, k);
  return { rows: await search, again: false };
}

/** The rows that a walk of the graph holds for the nearest. */
function walk(scope: Scope, column: EmbeddingColumn, embedding: Embedding, depth: number): Promise<number[]> {
  const search = near(scope, column, embedding, depth);
  return rowsOf(search.ef(Math.max(scope.breadth ?? 0, depth)));
}

/** The nearest rows by the engine, which reads all of them from disk. */
function compareAll(scope: Scope, column: EmbeddingColumn, embedding: Embedding, depth: number): Promise<number[]> {
  return rowsOf(near(scope, column, embedding, depth).bypassVectorIndex());
}

function near({ table, filter }: Scope, column: EmbeddingColumn, embedding: Embedding, depth: number): VectorQuery {
  const search = (table.query().nearestTo(embedding) as VectorQuery).column(column).distanceType("cosine").limit(depth);
  return filter ? search.where(filter) : search;
}

async function rowsOf(search: VectorQuery): Promise<number[]> {
  const found = await search.select(["_distance"]).withRowId().toArrow();
  return Array.from(found.getChild("_rowid") ?? [], Number);
}

interface ScoredRow {
  readonly row: number;
  readonly score: number;
}

/** The best `k` and those equal to the last of them, best first. */
function bestOf(rows: readonly number[], scores: Float64Array, k: number): ScoredRow[] {
  const least = rows.length > k ? (scores.slice().sort().at(-k) as number) : Number.NEGATIVE_INFINITY;
  const best: ScoredRow[] = [];
  for (let i = 0; i < rows.length; i++) {
    const score = scores[i] as number;
    if (score >= least) best.push({ row: rows[i] as number, score });
  }
  return best.sort((a, b) => b.score - a.score);
}
