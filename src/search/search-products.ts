import { createHash } from "node:crypto";
import { checkFilter } from "../domain/check-filter.js";
import { encodeCursor, queryDigest, rankAfter } from "../domain/cursor.js";
import { combine, type Embedding, toEmbedding } from "../domain/embedding.js";
import { badInput, LikenessError } from "../domain/errors.js";
import type { Encoder, Outcome, Pictures, ProductIndex } from "../domain/ports.js";
import type { StoredProduct } from "../domain/product.js";
import { type Hit, type IndexPage, type IndexQuery, MAX_RANK, type ProductFilter, type TotalCountRelation } from "../domain/search.js";

const MAX_FIRST = 100;
const MAX_TEXT_CHARS = 2000;

/** A search as a client asks for it. With none of the five parts it lists what passes the filter. */
export interface SearchRequest {
  readonly text?: string | null;
  readonly image?: Uint8Array | null;
  readonly imageUrl?: string | null;
  readonly similarTo?: string | null;
  readonly embedding?: readonly number[] | null;
  /** The product of `similarTo` when the caller has it with its embeddings, so that it is not read again. */
  readonly known?: StoredProduct | null;
  readonly filter?: ProductFilter | null;
  readonly minSimilarity?: number | null;
  readonly first: number;
  readonly after?: string | null;
  readonly withTotal: boolean;
  readonly withEmbeddings: boolean;
}

export interface SearchPage {
  readonly hits: readonly { readonly hit: Hit; readonly cursor: string }[];
  readonly hasNextPage: boolean;
  readonly hasPreviousPage: boolean;
  readonly total: { readonly count: number; readonly relation: TotalCountRelation } | null;
  readonly tookMs: number;
}

interface Probes {
  readonly image: Embedding | null;
  readonly text: Embedding | null;
}

/** The use case: query → embeddings → hits → page, for any number of searches at once. */
export class SearchProducts {
  /** How many times the index was asked to search since the start; all searches of one operation are one. */
  indexCalls = 0;

  constructor(
    private readonly encoder: Encoder,
    private readonly index: ProductIndex,
    private readonly pictures: Pictures,
  ) {}

  /** A page or an Error per request, in order; all of them are one encode batch and one index search. */
  async search(requests: readonly SearchRequest[]): Promise<Outcome<SearchPage>[]> {
    const startedMs = performance.now();
    const planned = await Promise.all(requests.map((request) => settle(() => this.plan(request))));
    const queries = planned.flatMap((each) => (each instanceof Error ? [] : [each]));
    if (queries.length > 0) this.indexCalls++;
    const pages = queries.length > 0 ? await this.index.search(queries.map((each) => each.query)) : [];
    const tookMs = performance.now() - startedMs;
    let next = 0;
    return planned.map((each) => {
      if (each instanceof Error) return each;
      const page = pages[next++] as Outcome<IndexPage>;
      return page instanceof Error ? page : toPage(page, each.query.offset, each.digest, tookMs);
    });
  }

  private async plan(request: SearchRequest): Promise<{ query: IndexQuery; digest: string }> {
    check(request);
    const digest = this.digest(request);
    const offset = request.after ? rankAfter(request.after, digest) : 0;
    if (offset + request.first >= MAX_RANK) {
      throw badInput(`Paging ends at rank ${MAX_RANK}: narrow the search with a filter instead.`, ["after"]);
    }
    const { image, text } = await this.probes(request);
    const query: IndexQuery = {
      image,
      text,
      filter: request.filter ?? null,
      excludeIds: request.similarTo ? [request.similarTo] : [],
      minSimilarity: request.minSimilarity ?? null,
      offset,
      limit: request.first,
      withTotal: request.withTotal,
      withEmbeddings: request.withEmbeddings,
    };
    return { query, digest };
  }

  private digest(request: SearchRequest): string {
    const image = request.image ? createHash("sha256").update(request.image).digest("hex") : null;
    const { text, imageUrl, similarTo, embedding, filter, minSimilarity } = request;
    return queryDigest([this.encoder.modelId, text, image, imageUrl, similarTo, embedding, filter, minSimilarity]);
  }

  /** Words alone are compared with pictures and words; anything with a picture in it, with pictures. */
  private async probes(request: SearchRequest): Promise<Probes> {
    const { text, image, imageUrl, similarTo, embedding } = request;
    const parts = await Promise.all([
      text ? this.encoder.encodeTexts([text]).then(first) : null,
      image ? this.encodePicture(image) : null,
      imageUrl ? this.pictures.fetch(imageUrl).then((bytes) => this.encodePicture(bytes)) : null,
      embedding ? toEmbedding(embedding, this.encoder.dimension, ["embedding"]) : null,
      similarTo ? (request.known ?? this.product(similarTo)) : null,
    ]);
    const [words, picture, fetched, ready, product] = parts;
    const known = [words, picture, fetched, ready].filter((each) => each !== null);
    if (!product) {
      if (known.length === 0) return { image: null, text: null };
      const mixed = combine(known.map((each) => ({ embedding: each, weight: 1 })));
      return { image: mixed, text: known.length === 1 && words ? mixed : null };
    }
    const own = product.imageEmbedding ?? product.textEmbedding;
    if (!own) throw badInput(`Product ${JSON.stringify(similarTo)} has neither picture nor words to compare.`, ["similarTo"]);
    const mixed = combine([...known, own].map((each) => ({ embedding: each, weight: 1 })));
    return { image: mixed, text: product.imageEmbedding ? null : mixed };
  }

  private async encodePicture(bytes: Uint8Array): Promise<Embedding> {
    await this.pictures.check(bytes);
    return first(await this.encoder.encodeImages([bytes]));
  }

  private async product(id: string): Promise<StoredProduct> {
    const found = first(await this.index.get([id]));
    if (!found) throw new LikenessError("NOT_FOUND", `There is no product ${JSON.stringify(id)}.`, { field: ["similarTo"] });
    return found;
  }
}

function check(request: SearchRequest): void {
  if (request.first < 1 || request.first > MAX_FIRST) {
    throw badInput(`first is ${request.first}; 1 to ${MAX_FIRST} are allowed.`, ["first"]);
  }
  if (request.text != null && request.text.trim() === "") throw badInput("text is empty: give words, or leave it out.", ["text"]);
  if (request.text && request.text.length > MAX_TEXT_CHARS) {
    throw badInput(`text has ${request.text.length} characters; at most ${MAX_TEXT_CHARS} are allowed.`, ["text"]);
  }
  const min = request.minSimilarity;
  if (min != null && !(min >= -1 && min <= 1)) {
    throw badInput(`minSimilarity is ${min}; a cosine lies in [-1, 1].`, ["minSimilarity"]);
  }
  if (request.filter) checkFilter(request.filter);
}

function toPage(page: IndexPage, offset: number, digest: string, tookMs: number): SearchPage {
  const hits = page.hits.map((hit, i) => ({ hit, cursor: encodeCursor({ query: digest, rank: offset + i }) }));
  return { hits, hasNextPage: page.hasMore, hasPreviousPage: offset > 0, total: page.total, tookMs };
}

function first<T>(outcomes: readonly Outcome<T>[]): T {
  const [outcome] = outcomes;
  if (outcome instanceof Error) throw outcome;
  return outcome as T;
}

async function settle<T>(work: () => Promise<T>): Promise<Outcome<T>> {
  try {
    return await work();
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}
