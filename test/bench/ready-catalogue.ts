import { createClient } from "../support/child.js";
import { type Load, load } from "./measure.js";

const CATEGORIES = 10;
const BATCH = 500;
const RECALL_QUERIES = 200;
const FILTERED = "category-3";

export interface ReadyProduct {
  readonly id: string;
  readonly category: string;
  /** `[dimension]`, L2-normalised. */
  readonly embedding: readonly number[];
}

/** The words in which a server is asked for the same work. */
export interface Dialect {
  readonly ingestPath: string;
  readonly searchPath: string;
  ingest(products: readonly ReadyProduct[]): string;
  /** The ten nearest, of one category or of all, with id, title, categories and similarity. */
  search(embedding: readonly number[], category: string | null): string;
  /** The ids in the `data` of an answer to a search. */
  ids(data: unknown): string[];
  /** The query, sent to `searchPath`, for how many products there are. */
  readonly count: string;
  countOf(data: unknown): number;
}

const INGEST = "mutation($products: [ProductInput!]!) { ingestProducts(products: $products) { ingestedCount } }";
const SEARCH =
  "query($embedding: [Float!], $filter: ProductFilter) { searchProducts(embedding: $embedding, filter: $filter, first: 10) { edges { similarity node { id title categories } } } }";

interface SearchData {
  readonly searchProducts: { readonly edges: readonly { readonly node: { readonly id: string } }[] };
}

export const likeness: Dialect = {
  ingestPath: "/graphql",
  searchPath: "/graphql",
  ingest: (products) =>
    JSON.stringify({
      query: INGEST,
      variables: { products: products.map(({ id, category, embedding }) => ({ id, categories: [category], embedding })) },
    }),
  search: (embedding, category) =>
    JSON.stringify({ query: SEARCH, variables: { embedding, filter: category === null ? null : { categories: [category] } } }),
  ids: (data) => (data as SearchData).searchProducts.edges.map(({ node }) => node.id),
  count: JSON.stringify({ query: "{ catalog { productCount } }" }),
  countOf: (data) => (data as { catalog: { productCount: number } }).catalog.productCount,
};

/** Products with ready embeddings in ten categories of equal size, and queries that are none of them. */
export class ReadyCatalogue {
  private readonly queryCount: number;

  /** `embeddings`: `[count + queries, dimension]`, L2-normalised; the first `count` are the products'. */
  constructor(
    private readonly embeddings: Float32Array,
    readonly count: number,
    private readonly dimension: number,
  ) {
    this.queryCount = embeddings.length / dimension - count;
  }

  /** Takes all products in, 500 a call, one client; answers products per second. Throws unless all of them are there then. */
  async ingest(url: string, dialect: Dialect = likeness): Promise<number> {
    const client = createClient(new URL(dialect.ingestPath, url).href, 1);
    const startedMs = performance.now();
    for (let at = 0; at < this.count; at += BATCH) {
      const products = Array.from({ length: Math.min(BATCH, this.count - at) }, (_, i) => ({
        id: `p${at + i}`,
        category: category(at + i),
        embedding: Array.from(this.row(at + i)),
      }));
      await client.post(dialect.ingest(products));
    }
    const seconds = (performance.now() - startedMs) / 1000;
    await client.close();
    const there = await this.countAt(url, dialect);
    if (there !== this.count) throw new Error(`Of ${this.count} products ${there} are there.`);
    return this.count / seconds;
  }

  private async countAt(url: string, { searchPath, count, countOf }: Dialect): Promise<number> {
    const client = createClient(new URL(searchPath, url).href, 1);
    const there = countOf(await client.post(count));
    await client.close();
    return there;
  }

  /** The body of a search for each query. */
  searches(filtered: boolean, { search }: Dialect = likeness): string[] {
    return Array.from({ length: this.queryCount }, (_, i) => search(Array.from(this.row(this.count + i)), filtered ? FILTERED : null));
  }

  /** Searches in a closed loop of so many clients for so long. */
  async load(url: string, clients: number, seconds: number, filtered: boolean, dialect: Dialect = likeness): Promise<Load> {
    const bodies = this.searches(filtered, dialect);
    const client = createClient(new URL(dialect.searchPath, url).href, clients);
    const found = await load(clients, seconds, (n) => client.post(bodies[n % bodies.length] as string));
    await client.close();
    return found;
  }

  /** The share of the ten truly nearest products that the server's ten hold. */
  async recallAt10(url: string, filtered: boolean, dialect: Dialect = likeness): Promise<number> {
    const client = createClient(new URL(dialect.searchPath, url).href, 1);
    const bodies = this.searches(filtered, dialect).slice(0, RECALL_QUERIES);
    let found = 0;
    for (const [i, body] of bodies.entries()) {
      const truth = this.nearest(this.row(this.count + i), filtered);
      found += dialect.ids(await client.post(body)).filter((id) => truth.has(id)).length;
    }
    await client.close();
    return found / (10 * bodies.length);
  }

  private nearest(query: Float32Array, filtered: boolean): Set<string> {
    const scored: { id: string; dot: number }[] = [];
    for (let i = 0; i < this.count; i++) {
      if (filtered && category(i) !== FILTERED) continue;
      let dot = 0;
      for (let j = 0; j < this.dimension; j++) dot += (query[j] as number) * (this.embeddings[i * this.dimension + j] as number);
      scored.push({ id: `p${i}`, dot });
    }
    scored.sort((a, b) => b.dot - a.dot);
    return new Set(scored.slice(0, 10).map(({ id }) => id));
  }

  private row(i: number): Float32Array {
    return this.embeddings.subarray(i * this.dimension, (i + 1) * this.dimension);
  }
}

function category(i: number): string {
  return `category-${i % CATEGORIES}`;
}
