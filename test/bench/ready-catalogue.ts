import { createClient } from "../support/child.js";

const CATEGORIES = 10;
const BATCH = 500;
const RECALL_QUERIES = 200;

const INGEST = "mutation($products: [ProductInput!]!) { ingestProducts(products: $products) { ingestedCount } }";
const SEARCH =
  "query($embedding: [Float!], $filter: ProductFilter) { searchProducts(embedding: $embedding, filter: $filter, first: 10) { edges { similarity node { id title categories } } } }";
export const CATEGORY_FILTER = { categories: ["category-3"] };

interface IngestData {
  readonly ingestProducts: { readonly ingestedCount: number };
}

interface SearchData {
  readonly searchProducts: { readonly edges: readonly { readonly node: { readonly id: string } }[] };
}

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

  /** Takes all products in by `ingestProducts`, one client; answers products per second. */
  async ingest(url: string): Promise<number> {
    const client = createClient(url, 1);
    const startedMs = performance.now();
    for (let at = 0; at < this.count; at += BATCH) {
      const products = Array.from({ length: BATCH }, (_, i) => ({
        id: `p${at + i}`,
        categories: [category(at + i)],
        embedding: Array.from(this.row(at + i)),
      }));
      const { ingestProducts } = await client.post<IngestData>(JSON.stringify({ query: INGEST, variables: { products } }));
      if (ingestProducts.ingestedCount !== BATCH) throw new Error(`Only ${ingestProducts.ingestedCount} of ${BATCH} were ingested.`);
    }
    const seconds = (performance.now() - startedMs) / 1000;
    await client.close();
    return this.count / seconds;
  }

  /** The body of a search for each query. */
  searches(filter: typeof CATEGORY_FILTER | null): string[] {
    return Array.from({ length: this.queryCount }, (_, i) =>
      JSON.stringify({ query: SEARCH, variables: { embedding: Array.from(this.row(this.count + i)), filter } }),
    );
  }

  /** The share of the ten truly nearest products that the gateway's ten hold. */
  async recallAt10(url: string, filter: typeof CATEGORY_FILTER | null): Promise<number> {
    const client = createClient(url, 1);
    const bodies = this.searches(filter).slice(0, RECALL_QUERIES);
    let found = 0;
    for (const [i, body] of bodies.entries()) {
      const { searchProducts } = await client.post<SearchData>(body);
      const truth = this.nearest(this.row(this.count + i), filter !== null);
      found += searchProducts.edges.filter(({ node }) => truth.has(node.id)).length;
    }
    await client.close();
    return found / (10 * bodies.length);
  }

  private nearest(query: Float32Array, filtered: boolean): Set<string> {
    const scored: { id: string; dot: number }[] = [];
    for (let i = 0; i < this.count; i++) {
      if (filtered && category(i) !== CATEGORY_FILTER.categories[0]) continue;
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
