import { createHash } from "node:crypto";
import { type IndexQuery, type ListOrder, MAX_RANK } from "../../domain/search.js";
import { aggregations } from "./facets.js";
import { allOf, filterQuery, noneOf, type Query } from "./filter-query.js";
import { knownSearches, wordsQuery } from "./lexical.js";
import { listingOrder } from "./listing.js";
import type { NativeScore } from "./native-score.js";
import { countSearch, nearestSearch } from "./nearest.js";
import type { Target } from "./target.js";

/** One search of an `_msearch`, and how its answer is to be read. */
export interface SubSearch {
  readonly body: Readonly<Record<string, unknown>>;
  /** The list itself, a count of all that is in it, or whether the catalogue has a word at all. */
  readonly role: "list" | "count" | { readonly word: string };
  /** What a score of the server means. */
  readonly score: NativeScore;
}

/** Of an embedding: its first four numbers tell it from others well enough. */
const PREFERENCE_BYTES = 16;

/** How the products of a query are looked for. */
export interface Manner {
  /** Compare all embeddings instead of walking the graph. */
  readonly exact: boolean;
  /** Words that the catalogue is known not to have; null when that is to be asked too. */
  readonly unknownWords: readonly string[] | null;
}

/** The searches that answer a query, the list's first; none for a list that the index has no field for. */
export function buildSearches(query: IndexQuery, target: Target, { exact, unknownWords }: Manner): SubSearch[] {
  const scope = scopeOf(query, target);
  const { order } = query;
  switch (order.kind) {
    case "listing":
      return [{ body: { query: allOf(scope), ...listingOrder(order, target), ...listBody(query, target) }, role: "list", score: () => 0 }];
    case "lexical": {
      if (order.words.length === 0) return [];
      const words = wordsQuery(order.words, unknownWords ?? [], target.wordFields, scope);
      const body = { query: words, sort: bestFirst(target), ...listBody(query, target) };
      return [{ body, role: "list", score: (score) => score }, ...(unknownWords ? [] : knownSearches(order.words, target))];
    }
    default: {
      const field = target.fields[order.kind];
      if (!field) return [];
      const probe = { field, embedding: order.embedding };
      const page = { sort: bestFirst(target), ...pageBody(query, target), ...toldOfHits(otherField(order.kind, target)) };
      const { search, sawAll } = nearestSearch({ target, probe, scope, exact, limit: query.limit }, page);
      return query.withTotal && !sawAll ? [search, countSearch(probe, scope)] : [search];
    }
  }
}

/** The field of the other embedding; null where the index has none. */
export function otherField(kind: "image" | "text", { fields }: Target): string | null {
  return kind === "image" ? fields.text : fields.image;
}

/** Has the server tell of each hit whether it has a field, as one of the query's names; as a filter behind the search, it changes no score. */
function toldOfHits(field: string | null): Record<string, unknown> {
  if (field === null) return {};
  return { post_filter: { bool: { must: { match_all: {} }, should: { exists: { field, _name: field } } } } };
}

/** How many hits are asked for: one more than is wanted, which tells whether there are more, up to what the server gives. */
export function sizeOf({ limit }: IndexQuery): number {
  return limit === 0 ? 0 : Math.min(limit + 1, MAX_RANK);
}

/** Which products may be found at all. */
function scopeOf({ filter, excludeIds }: IndexQuery, { byIds }: Target): Query[] {
  const clauses: Query[] = [];
  if (filter) clauses.push(filterQuery(filter, byIds));
  if (excludeIds.length > 0) clauses.push(noneOf([byIds(excludeIds)]));
  return clauses;
}

function bestFirst({ idField }: Target): object[] {
  return [{ _score: "desc" }, { [idField]: "asc" }];
}

function listBody(query: IndexQuery, target: Target): Record<string, unknown> {
  const counts = target.hasFacets ? aggregations(query.facets ?? []) : null;
  // Where no total is asked for, the server passes over what lies before `search_after`, and counts no facets of it either.
  return { ...pageBody(query, target), ...(counts && { aggs: counts, track_total_hits: true }) };
}

function pageBody(query: IndexQuery, target: Target): Record<string, unknown> {
  const products = query.withProducts ? target.read(query.withEmbeddings) : { _source: false };
  return { size: sizeOf(query), track_total_hits: query.withTotal, ...products };
}

/**
 * The lines of an `_msearch` for some searches of a query. Copies of a shard differ in their graphs and in the words of
 * deleted products, so all pages of a query go to the same ones; a shard that does not answer fails the search, which is
 * then tried again, never cut short.
 */
export function toLines(index: string, { order }: IndexQuery, searches: readonly SubSearch[]): object[] {
  const header = { index, preference: preferenceOf(order), allow_partial_search_results: false };
  return searches.flatMap(({ body }) => [header, body]);
}

function preferenceOf(order: ListOrder): string {
  if (order.kind === "listing") return "listing";
  if (order.kind === "lexical") return createHash("sha1").update(JSON.stringify(order.words)).digest("hex");
  const { buffer, byteOffset, byteLength } = order.embedding;
  return Buffer.from(buffer, byteOffset, Math.min(PREFERENCE_BYTES, byteLength)).toString("hex");
}
