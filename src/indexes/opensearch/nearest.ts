import type { Embedding } from "../../domain/embedding.js";
import { LikenessError } from "../../domain/errors.js";
import { FUSION_DEPTH, MAX_RANK } from "../../domain/search.js";
import type { SubSearch } from "./build-query.js";
import { toNumbers } from "./document.js";
import { allOf, type Query } from "./filter-query.js";
import type { Target } from "./target.js";

/** Depths to which a graph is searched: few, so that lists of several lengths come from the same walk. */
const GRAPH_DEPTHS = [100, 2 * FUSION_DEPTH, 1_000, MAX_RANK];

/** An embedding and the field that it is compared with. */
interface Probe {
  readonly field: string;
  readonly embedding: Embedding;
}

interface Neighbourhood {
  readonly target: Target;
  readonly probe: Probe;
  readonly scope: readonly Query[];
  readonly exact: boolean;
  /** How many products are wanted. */
  readonly limit: number;
}

/**
 * The products nearest to an embedding, equal ones by id: all compared by script when `exact`, or when the engine cannot
 * filter within its graph, and then the search saw all; else, or where there are no scripts, by a walk through the graph.
 * `page` is the rest of the body. Throws INDEX_UNAVAILABLE for a filter that neither takes.
 */
export function nearestSearch(
  { target, probe, scope, exact, limit }: Neighbourhood,
  page: Readonly<Record<string, unknown>>,
): { search: SubSearch; sawAll: boolean } {
  const canWalk = scope.length === 0 || target.filtersInGraph;
  const script = exact || !canWalk ? target.script : null;
  if (!script && !canWalk) throw cannotFilter(target, probe);
  const query = script ? scripted(target, probe, scope) : walked(target, probe, scope, graphDepth(limit, target));
  return { search: { body: { query, ...page }, role: "list", score: script ?? target.graph }, sawAll: script !== null };
}

function cannotFilter({ index }: Target, { field }: Probe): LikenessError {
  return new LikenessError(
    "INDEX_UNAVAILABLE",
    `The field ${field} of ${index} cannot be searched with a filter or without some products: its k-NN engine takes no filter, and ` +
      "this server runs no script in its place. Make the index anew with the engine faiss, or search all of it.",
  );
}

/** Counts what is in such a list, which a walk does not see whole. */
export function countSearch({ field }: Probe, scope: readonly Query[]): SubSearch {
  const body = { query: allOf([exists(field), ...scope]), size: 0, track_total_hits: true };
  return { body, role: "count", score: () => 0 };
}

function scripted(target: Target, { field, embedding }: Probe, scope: readonly Query[]): Query {
  const params = { field, query_value: toNumbers(embedding, target.asBytes), space_type: "cosinesimil" };
  return {
    script_score: { query: { bool: { filter: [exists(field), ...scope] } }, script: { source: "knn_score", lang: "knn", params } },
  };
}

function walked(target: Target, { field, embedding }: Probe, scope: readonly Query[], k: number): Query {
  const { inQuery } = target.efSearch;
  const walk = {
    vector: toNumbers(embedding, target.asBytes),
    k,
    ...(inQuery !== null && { method_parameters: { ef_search: Math.max(inQuery, k) } }),
    ...(scope.length > 0 && { filter: allOf(scope) }),
  };
  return { knn: { [field]: walk } };
}

/** Twice the list's end or more, so that a run of equal products at its end is not cut by the walk's own end. */
function graphDepth(end: number, { efSearch }: Target): number {
  const depth = GRAPH_DEPTHS.find((each) => each >= 2 * end) ?? MAX_RANK;
  return Math.max(depth, efSearch.leastK);
}

function exists(field: string): Query {
  return { exists: { field } };
}
