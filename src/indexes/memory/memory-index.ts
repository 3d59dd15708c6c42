import { cosine, type Embedding } from "../../domain/embedding.js";
import { badInput, LikenessError } from "../../domain/errors.js";
import { type Match, type Ranked, rank } from "../../domain/fusion.js";
import type { Outcome, ProductIndex } from "../../domain/ports.js";
import type { StoredProduct } from "../../domain/product.js";
import { FUSION_DEPTH, type Hit, type IndexPage, type IndexQuery, type ProductFilter, type Signals } from "../../domain/search.js";
import { matchesFilter } from "../matches-filter.js";

const NO_SIGNALS: Signals = { image: null, text: null, imageRank: null, textRank: null };

/** Compares a query with every product: slow and exact, so the truth that other indexes are measured by. Keeps nothing. */
export class MemoryIndex implements ProductIndex {
  readonly kind = "memory";
  readonly name = "memory";
  private readonly products = new Map<string, StoredProduct>();
  private model: { readonly modelId: string; readonly dimension: number } | null = null;

  async ensureReady(model: { modelId: string; dimension: number }): Promise<void> {
    const { model: own } = this;
    if (own && this.products.size > 0 && (own.modelId !== model.modelId || own.dimension !== model.dimension)) {
      throw new LikenessError(
        "MODEL_MISMATCH",
        `The index holds embeddings of ${own.modelId} (${own.dimension} numbers), but ${model.modelId} (${model.dimension}) is asked for: ingest again into a new index.`,
      );
    }
    this.model = { ...model };
  }

  async search(queries: readonly IndexQuery[]): Promise<Outcome<IndexPage>[]> {
    return queries.map((query) => this.page(query));
  }

  async get(ids: readonly string[]): Promise<Outcome<StoredProduct | null>[]> {
    return ids.map((id) => this.products.get(id) ?? null);
  }

  async upsert(items: readonly StoredProduct[]): Promise<Outcome<"created" | "updated">[]> {
    return items.map((item) => {
      for (const embedding of [item.imageEmbedding, item.textEmbedding]) {
        if (embedding && this.model && embedding.length !== this.model.dimension) {
          return badInput(`An embedding of ${embedding.length} numbers was given; this index keeps ${this.model.dimension}.`);
        }
      }
      const outcome = this.products.has(item.product.id) ? "updated" : "created";
      this.products.set(item.product.id, item);
      return outcome;
    });
  }

  async delete(ids: readonly string[]): Promise<Outcome<boolean>[]> {
    return ids.map((id) => this.products.delete(id));
  }

  async count(filter?: ProductFilter): Promise<number> {
    return filter ? this.passing(filter, []).length : this.products.size;
  }

  async close(): Promise<void> {}

  private passing(filter: ProductFilter | null, excludeIds: readonly string[]): StoredProduct[] {
    const excluded = new Set(excludeIds);
    return [...this.products.values()].filter(({ product }) => !excluded.has(product.id) && (!filter || matchesFilter(product, filter)));
  }

  private page(query: IndexQuery): IndexPage {
    const { image, text, offset, limit, withTotal } = query;
    const products = this.passing(query.filter, query.excludeIds);
    const end = offset + limit;
    if (!image && !text) {
      const listed = products.sort((a, b) => Buffer.compare(Buffer.from(a.product.id), Buffer.from(b.product.id)));
      const hits = listed.slice(offset, end).map((each) => ({ ...each, score: 0, similarity: null, signals: NO_SIGNALS }));
      return { hits, hasMore: listed.length > end, total: withTotal ? { count: listed.length, relation: "EXACT" } : null };
    }
    const depth = image && text ? FUSION_DEPTH : Number.POSITIVE_INFINITY;
    const images = image && nearest(image, products, "imageEmbedding").slice(0, depth);
    const texts = text && nearest(text, products, "textEmbedding").slice(0, depth);
    const ranked = rank(images, texts, query.minSimilarity);
    const cut = images?.length === depth || texts?.length === depth;
    return {
      hits: ranked.slice(offset, end).map((each) => this.hit(each)),
      hasMore: ranked.length > end,
      total: withTotal ? { count: ranked.length, relation: cut ? "CANDIDATES" : "EXACT" } : null,
    };
  }

  private hit({ id, score, similarity, signals }: Ranked): Hit {
    return { ...(this.products.get(id) as StoredProduct), score, similarity, signals };
  }
}

/** Every product that has the embedding, best first; equal ones by id. */
function nearest(query: Embedding, products: readonly StoredProduct[], field: "imageEmbedding" | "textEmbedding"): Match[] {
  const matches: Match[] = [];
  for (const each of products) {
    const embedding = each[field];
    if (embedding) matches.push({ id: each.product.id, similarity: cosine(query, embedding) });
  }
  return matches.sort((a, b) => b.similarity - a.similarity || (a.id < b.id ? -1 : 1));
}
