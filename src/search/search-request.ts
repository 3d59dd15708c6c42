import { BOOST_WEIGHT, type Boost } from "../domain/arrange.js";
import { checkFacets } from "../domain/check-facets.js";
import { charsOf, checkBoostFilters, checkFilter, MAX_CHARS_IN_ALL } from "../domain/check-filter.js";
import { checkCount, checkLength } from "../domain/check-length.js";
import { badInput } from "../domain/errors.js";
import type { FusionWeights } from "../domain/fusion.js";
import type { StoredProduct } from "../domain/product.js";
import type { FacetRequest, Hit, ProductFilter, SearchMode, SortKey, Total } from "../domain/search.js";
import type { Facet } from "./facet-plan.js";

/** The most products of one page. */
export const MAX_FIRST = 100;
/** The longest text of a query, in characters. */
export const MAX_TEXT_CHARS = 2000;
const MAX_PARTS = 32;
/** The members of a part that are strings, and what each is to hold. */
const STRINGS = [
  ["text", "words"],
  ["imageUrl", "a picture's URL"],
  ["similarTo", "a product's id"],
] as const;
const MAX_BOOSTS = 20;
const MAX_PINS = 100;
/** Of a side of HYBRID: only their proportion matters, and with every boost the score must stay finite. */
const MAX_FUSION_WEIGHT = 1e6;

/** One thing to look for: exactly one of the five where it is a part of a mix. */
export interface QueryPart {
  readonly text?: string | null;
  readonly image?: Uint8Array | null;
  readonly imageUrl?: string | null;
  readonly similarTo?: string | null;
  /** In the catalogue's model, of any length above 0; shape `[dimension]`. */
  readonly embedding?: readonly number[] | null;
}

/** A part that counts more or less than others, or, with a negative weight, leads away from it. */
export interface WeightedPart extends QueryPart {
  readonly weight?: number | null;
}

/** A search as a client asks for it: parts of weight 1 and a mix of others. Without any it lists what passes the filter. */
export interface SearchRequest extends QueryPart {
  readonly mix?: readonly WeightedPart[] | null;
  /** The product of `similarTo` when the caller has it with its embeddings, so that it is not read again. */
  readonly known?: StoredProduct | null;
  readonly mode?: SearchMode | null;
  /** How much the two sides of HYBRID count; even unless given. */
  readonly weights?: FusionWeights | null;
  readonly filter?: ProductFilter | null;
  readonly minSimilarity?: number | null;
  readonly minRelevance?: number | null;
  /** Sorts the best that were found, after the cut-offs. */
  readonly sort?: { readonly by: SortKey; readonly reverse: boolean } | null;
  readonly groupBy?: "PRODUCT_GROUP" | null;
  readonly diversity?: { readonly lambda: number } | null;
  readonly boosts?: readonly Boost[] | null;
  /** Ids of products that come first, in this order, as far as they pass the filter. */
  readonly pins?: readonly string[] | null;
  readonly facets?: readonly FacetRequest[] | null;
  /** The size of a page read forwards, from the start or from behind `after`. */
  readonly first?: number | null;
  readonly after?: string | null;
  /** The size of a page read backwards, from the end or from before `before`; instead of `first`. */
  readonly last?: number | null;
  readonly before?: string | null;
  readonly withTotal: boolean;
  readonly withEmbeddings: boolean;
}

export interface PageHit {
  readonly hit: Hit;
  /** Made when it is asked for. */
  readonly cursor: () => string;
  /** In [0, 1]; null where the model has no calibration for any of the hit's signals. */
  readonly relevance: number | null;
}

export interface SearchPage {
  readonly hits: readonly PageHit[];
  readonly hasNextPage: boolean;
  readonly hasPreviousPage: boolean;
  readonly total: Total | null;
  /** In the order in which they were asked for. */
  readonly facets: readonly Facet[];
  /** AUTO in a listing, where nothing is matched. */
  readonly modeUsed: SearchMode;
  /** Why a part of the query was left out; empty when none was. */
  readonly degradedReasons: readonly string[];
  readonly tookMs: number;
}

/** Throws BAD_USER_INPUT, naming the field, for a request that cannot be served. */
export function checkRequest(request: SearchRequest): void {
  checkWindow(request);
  checkPart(request, []);
  if (request.mix) checkMix(request.mix);
  const min = request.minSimilarity;
  if (min != null && !(min >= -1 && min <= 1)) {
    throw badInput(`minSimilarity is ${min}; a cosine lies in [-1, 1].`, ["minSimilarity"]);
  }
  const least = request.minRelevance;
  if (least != null && !(least >= 0 && least <= 1)) {
    throw badInput(`minRelevance is ${least}; a relevance lies in [0, 1].`, ["minRelevance"]);
  }
  if (request.weights) checkWeights(request.weights);
  if (request.filter) checkFilter(request.filter);
  if (request.facets) checkFacets(request.facets);
  checkArrangement(request);
}

function checkArrangement({ sort, diversity, boosts, pins }: SearchRequest): void {
  const lambda = diversity?.lambda;
  if (lambda != null && !(lambda >= 0 && lambda <= 1)) throw badInput(`lambda is ${lambda}; 0 to 1 are allowed.`, ["diversity", "lambda"]);
  const reordered = sort && (sort.by !== "RELEVANCE" || sort.reverse);
  if (reordered && (diversity || boosts?.length)) {
    throw badInput("boosts and diversity change the order by relevance: leave them out, or sort by RELEVANCE.", ["sort"]);
  }
  checkCount(boosts, MAX_BOOSTS, ["boosts"]);
  checkBoostFilters((boosts ?? []).map(({ filter }) => filter));
  boosts?.forEach(({ weight }, i) => {
    const { min, max } = BOOST_WEIGHT;
    if (!(weight >= min && weight <= max)) {
      throw badInput(`weight is ${weight}; ${min} to ${max} are allowed. Below 1 it moves down.`, ["boosts", String(i), "weight"]);
    }
  });
  checkCount(pins, MAX_PINS, ["pins"]);
  const chars = charsOf(pins ?? []);
  if (chars > MAX_CHARS_IN_ALL) {
    throw badInput(`pins have ${chars} characters in all; at most ${MAX_CHARS_IN_ALL} are allowed. Give the ids of products.`, ["pins"]);
  }
}

/** An empty string must not count as left out: a search for nothing would list the whole catalogue. */
function checkPart(part: QueryPart, path: readonly string[]): void {
  for (const [name, wanted] of STRINGS) {
    if (part[name]?.trim() === "") throw badInput(`${name} is empty: give ${wanted}, or leave it out.`, [...path, name]);
  }
  checkLength(part.text, MAX_TEXT_CHARS, [...path, "text"]);
}

function checkMix(mix: readonly WeightedPart[]): void {
  if (mix.length === 0) throw badInput("mix is empty: leave it out, or give at least one part.", ["mix"]);
  if (mix.length > MAX_PARTS) throw badInput(`mix has ${mix.length} parts; at most ${MAX_PARTS} are allowed.`, ["mix"]);
  mix.forEach(({ weight, ...part }, i) => {
    const path = ["mix", String(i)];
    const given = Object.values(part).filter((each) => each != null).length;
    if (given !== 1) {
      throw badInput(`A part of a mix has exactly one of text, image, imageUrl, similarTo and embedding; this one has ${given}.`, path);
    }
    if (weight != null && !(Number.isFinite(weight) && weight !== 0)) {
      throw badInput(`weight is ${weight}; it must be finite and not 0. A negative one means: less like this.`, [...path, "weight"]);
    }
    checkPart(part, path);
  });
}

function checkWindow({ first, after, last, before }: SearchRequest): void {
  if ((first == null) === (last == null) || (first == null ? after : before) != null) {
    throw badInput("Page forwards with first and after, or backwards with last and before; not both.", [first == null ? "after" : "last"]);
  }
  const [name, size] = first == null ? ["last", last as number] : ["first", first];
  if (size < 1 || size > MAX_FIRST) throw badInput(`${name} is ${size}; 1 to ${MAX_FIRST} are allowed.`, [name as string]);
}

function checkWeights({ semantic, lexical }: FusionWeights): void {
  const isAllowed = (weight: number) => weight >= 0 && weight <= MAX_FUSION_WEIGHT;
  if (isAllowed(semantic) && isAllowed(lexical) && semantic + lexical > 0) return;
  throw badInput(`weights are ${semantic} and ${lexical}; both must be 0 to ${MAX_FUSION_WEIGHT}, and one above 0.`, ["weights"]);
}
