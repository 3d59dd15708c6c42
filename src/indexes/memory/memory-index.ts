import { cosine } from "../../domain/embedding.js";
import { LikenessError } from "../../domain/errors.js";
import { countFacets } from "../../domain/facets.js";
import { FilteredProduct, matcherOf } from "../../domain/matches-filter.js";
import { byScore, compareListed, positionOf } from "../../domain/order.js";
import type { Model, Outcome, ProductIndex } from "../../domain/ports.js";
import { type StoredProduct, wrongDimension } from "../../domain/product.js";
import type { IndexPage, IndexQuery, Listing, ListOrder, Match, ProductFilter } from "../../domain/search.js";
import { WordIndex } from "./word-index.js";

/** Compares a query with every product: slow and exact, so the truth that other indexes are measured by. Keeps nothing. */
export class MemoryIndex implements ProductIndex {
  readonly kind = "memory";
  readonly name = "memory";
  private readonly products = new Map<string, StoredProduct>();
  private readonly words = new WordIndex();
  private model: Model | null = null;

  async ensureReady(model: Model): Promise<void> {
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

  checkWritable(): void {}

  async upsert(items: readonly StoredProduct[]): Promise<Outcome<"created" | "updated">[]> {
    return items.map((item) => {
      const wrong = this.model && wrongDimension(item, this.model.dimension);
      if (wrong) return wrong;
      const outcome = this.products.has(item.product.id) ? "updated" : "created";
      this.products.set(item.product.id, item);
      this.words.set(item.product);
      return outcome;
    });
  }

  async delete(ids: readonly string[]): Promise<Outcome<boolean>[]> {
    return ids.map((id) => {
      this.words.delete(id);
      return this.products.delete(id);
    });
  }

  async count(filter?: ProductFilter): Promise<number> {
    return filter ? this.passing(filter, []).length : this.products.size;
  }

  async close(): Promise<void> {}

  private passing(filter: ProductFilter | null, excludeIds: readonly string[]): StoredProduct[] {
    const excluded = new Set(excludeIds);
    const passes = matcherOf(filter ?? {});
    return [...this.products.values()].filter(({ product }) => !excluded.has(product.id) && passes(new FilteredProduct(product)));
  }

  private page({ order, filter, excludeIds, limit, withTotal, withProducts, facets = [] }: IndexQuery): IndexPage {
    const passing = this.passing(filter, excludeIds);
    const list = order.kind === "listing" ? listed(passing, order) : this.bestFirst(passing, order);
    const after = order.kind === "listing" ? list.filter((each) => isBehind(each, order)) : list;
    return {
      matches: after.slice(0, limit).map((found) => (withProducts ? found : { ...found, stored: null })),
      ended: after.length <= limit,
      total: withTotal ? { count: list.length, relation: "EXACT" } : null,
      facets: countFacets(
        facets,
        list.map(({ stored }) => stored.product),
      ),
    };
  }

  private bestFirst(products: readonly StoredProduct[], order: Exclude<ListOrder, Listing>): Found[] {
    if (order.kind === "lexical") {
      const byId = new Map(products.map((stored) => [stored.product.id, stored]));
      return this.words
        .search(order.words)
        .flatMap(({ id, score }) => {
          const stored = byId.get(id);
          return stored ? [{ id, score, stored }] : [];
        })
        .sort(byScore);
    }
    return products
      .flatMap((stored) => {
        const { imageEmbedding, textEmbedding } = stored;
        const [own, other] = order.kind === "image" ? [imageEmbedding, textEmbedding] : [textEmbedding, imageEmbedding];
        return own ? [{ id: stored.product.id, score: cosine(order.embedding, own), lacksOther: !other, stored }] : [];
      })
      .sort(byScore);
  }
}

type Found = Match & { readonly stored: StoredProduct };

function listed(products: readonly StoredProduct[], { by, reverse, backwards }: Listing): Found[] {
  const keyed = products.map((stored) => ({ stored, position: positionOf(stored.product, by) }));
  keyed.sort((a, b) => compareListed(a.position, b.position, reverse));
  if (backwards) keyed.reverse();
  return keyed.map(({ stored }) => ({ id: stored.product.id, score: 0, stored }));
}

function isBehind({ stored }: Found, { by, reverse, backwards, after }: Listing): boolean {
  if (!after) return true;
  const order = compareListed(positionOf(stored.product, by), after, reverse);
  return backwards ? order < 0 : order > 0;
}
