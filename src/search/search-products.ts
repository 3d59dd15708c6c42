import { setImmediate } from "node:timers/promises";
import { type Cursors, queryDigest } from "../domain/cursor.js";
import { asError } from "../domain/errors.js";
import type { EncodeOptions, Encoder, Outcome, Pictures, ProductIndex } from "../domain/ports.js";
import type { StoredProduct } from "../domain/product.js";
import { type Calibration, curvesOf, cutOffs, type QueryCurves, relevanceOf } from "../domain/relevance.js";
import type { IndexPage } from "../domain/search.js";
import { checkRelevance } from "./check-relevance.js";
import type { FacetedPage, FacetedWalk } from "./faceted-walk.js";
import { type Merchandising, ShopRules } from "./merchandising.js";
import { planSearch } from "./plan-search.js";
import { QueryReader, type Reading, type ReadQuery, startReading } from "./read-query.js";
import { checkRequest, type PageHit, type SearchPage, type SearchRequest } from "./search-request.js";
import type { Window } from "./walk.js";

interface Planned {
  readonly query: ReadQuery;
  readonly walk: FacetedWalk;
  readonly curves: QueryCurves | null;
  /** Of the request, for its cursors; made only where one is read or written, because an embedding is long. */
  readonly digest: () => string;
}

/** Hears of queries that found something. */
export interface QueryListener {
  asked(query: string): void;
}

export interface SearchOptions {
  /** Of the encoder's model; without one no hit has a relevance. */
  readonly calibration?: Calibration | null;
  readonly queries?: QueryListener;
  readonly merchandising?: Merchandising | null;
}

/** The use case: query → embeddings and words → lists → page, for any number of searches at once. */
export class SearchProducts {
  /** How many times the index was asked to search since the start; all searches of one operation are one. */
  indexCalls = 0;
  private readonly reader: QueryReader;
  private readonly rules: ShopRules | null;

  constructor(
    private readonly encoder: Encoder,
    private readonly index: ProductIndex,
    pictures: Pictures,
    private readonly cursors: Cursors,
    private readonly options: SearchOptions = {},
  ) {
    this.reader = new QueryReader(encoder, index, pictures);
    this.rules = options.merchandising ? new ShopRules(options.merchandising) : null;
  }

  /** A page or an Error per request, in order; all of them are one encode batch and one index search. `signal` ends them early. */
  async search(requests: readonly SearchRequest[], { signal }: EncodeOptions = {}): Promise<Outcome<SearchPage>[]> {
    const startedMs = performance.now();
    const reading = startReading(signal);
    const planned = await Promise.all(requests.map((request) => this.plan(request, reading).catch(asError)));
    const walked = await this.walk(planned);
    const products = await this.products(requests, walked);
    const tookMs = performance.now() - startedMs;
    return planned.map((plan, i) => {
      const page = walked[i] as Outcome<FacetedPage>;
      if (plan instanceof Error) return plan;
      if (page instanceof Error) return page;
      const answer = this.toPage(plan, page, products, tookMs);
      if (answer instanceof Error) return answer;
      const { text, after, before } = requests[i] as SearchRequest;
      // By embeddings something is always found, so what counts as success is a product that holds the words.
      const isNew = text && !after && !before;
      if (isNew && page.steps.some(({ signals }) => signals.lexicalRank !== null)) this.options.queries?.asked(text);
      return answer;
    });
  }

  private async plan(request: SearchRequest, reading: Reading): Promise<Planned> {
    checkRequest(request);
    let made: string | null = null;
    const digest = () => {
      made ??= this.digest(request);
      return made;
    };
    const window = this.window(request, digest);
    // Words alone cannot go on behind a cosine.
    const query = await this.reader.read(request, reading, window.from?.kind !== "list");
    const { calibration } = this.options;
    const curves = calibration ? curvesOf(calibration, query.hasPicture) : null;
    const { minSimilarity = null, minRelevance = null } = request;
    if (minRelevance !== null) checkRelevance(query, curves, this.encoder.modelId);
    const least = cutOffs(minSimilarity, minRelevance, curves);
    // Not in the digest: what is fresh changes all the time, and a walk goes on when the shop's rules change.
    const ruled = this.rules?.addTo(request, Date.now()) ?? request;
    return { query, walk: planSearch(ruled, query, least, window), curves, digest };
  }

  private digest({ known: _, first, after, last, before, facets, withTotal, withEmbeddings, ...asked }: SearchRequest): string {
    // AUTO is what no mode means: so the cursors of `Product.similar`, which has none, go on in a search that is the same.
    const named = Object.entries(asked).filter(([name, value]) => value != null && !(name === "mode" && value === "AUTO"));
    return queryDigest([this.encoder.modelId, named.sort(([a], [b]) => (a < b ? -1 : 1))]);
  }

  private window({ first, after, last, before }: SearchRequest, digest: () => string): Window {
    const backwards = first == null;
    const cursor = backwards ? before : after;
    const from = cursor == null ? null : this.cursors.read(cursor, digest(), backwards ? "before" : "after");
    return { size: (first ?? last) as number, backwards, from };
  }

  /** Asks the index until every search has its page; one call for all of them, and nearly always one is enough. */
  private async walk(planned: readonly Outcome<Planned>[]): Promise<Outcome<FacetedPage>[]> {
    const pages: Outcome<FacetedPage | null>[] = planned.map((each) => (each instanceof Error ? each : null));
    for (;;) {
      const open = planned.flatMap((each, i) => (each instanceof Error || pages[i] !== null ? [] : [{ walk: each.walk, i }]));
      if (open.length === 0) return pages as Outcome<FacetedPage>[];
      const asked = open.map(({ walk }) => walk.queries());
      this.indexCalls++;
      const answers = await this.index.search(asked.flat());
      let next = 0;
      for (const [k, { walk, i }] of open.entries()) {
        // To rank a thousand candidates anew takes a while: between two searches other requests have their turn.
        if (k > 0) await setImmediate();
        const own = answers.slice(next, next + (asked[k]?.length ?? 0));
        next += own.length;
        pages[i] = own.find((each) => each instanceof Error) ?? walk.take(own as IndexPage[]);
      }
    }
  }

  /** The products of all pages that the index did not send along, or why they cannot be read, in one call. */
  private async products(
    requests: readonly SearchRequest[],
    walked: readonly Outcome<FacetedPage>[],
  ): Promise<Map<string, Outcome<StoredProduct>>> {
    const steps = walked.flatMap((page) => (page instanceof Error ? [] : page.steps));
    const ids = [...new Set(steps.filter(({ stored }) => stored === null).map(({ id }) => id))];
    if (ids.length === 0) return new Map();
    const withEmbeddings = requests.some((request) => request.withEmbeddings);
    const found = await this.index.get(ids, withEmbeddings);
    // One that was deleted since it was found is left out.
    return new Map(ids.flatMap((id, i) => (found[i] ? [[id, found[i]] as const] : [])));
  }

  /** The page, or why one of its products cannot be read. */
  private toPage(
    { query, digest, curves }: Planned,
    { steps, ...page }: FacetedPage,
    products: ReadonlyMap<string, Outcome<StoredProduct>>,
    tookMs: number,
  ): Outcome<SearchPage> {
    const hits: PageHit[] = [];
    for (const step of steps) {
      const stored = step.stored ?? products.get(step.id);
      if (stored instanceof Error) return stored;
      if (!stored) continue;
      const cursor = () => this.cursors.write(digest(), step.position());
      const { score, similarity, signals } = step;
      hits.push({ hit: { ...stored, score, similarity, signals }, cursor, relevance: curves && relevanceOf(signals, curves) });
    }
    return { ...page, hits, modeUsed: query.mode, degradedReasons: query.degradedReasons, tookMs };
  }
}
