import type { Model, Outcome, ProductIndex, ProductListener } from "../domain/ports.js";
import type { StoredProduct } from "../domain/product.js";
import type { IndexPage, IndexQuery, ProductFilter } from "../domain/search.js";

/** An index that tells a listener of each product that was written to it or removed from it by this process. */
export class WatchedIndex implements ProductIndex {
  readonly kind: string;
  readonly name: string;

  private listener: ProductListener | null = null;

  constructor(private readonly inner: ProductIndex) {
    this.kind = inner.kind;
    this.name = inner.name;
  }

  /** From now on. */
  watch(listener: ProductListener): void {
    this.listener = listener;
  }

  async upsert(items: readonly StoredProduct[]): Promise<Outcome<"created" | "updated">[]> {
    const outcomes = await this.inner.upsert(items);
    items.forEach(({ product }, i) => {
      if (!(outcomes[i] instanceof Error)) this.listener?.put(product);
    });
    return outcomes;
  }

  async delete(ids: readonly string[]): Promise<Outcome<boolean>[]> {
    const outcomes = await this.inner.delete(ids);
    ids.forEach((id, i) => {
      if (outcomes[i] === true) this.listener?.remove(id);
    });
    return outcomes;
  }

  ensureReady(model: Model): Promise<void> {
    return this.inner.ensureReady(model);
  }

  checkWritable(): void {
    this.inner.checkWritable();
  }

  search(queries: readonly IndexQuery[]): Promise<Outcome<IndexPage>[]> {
    return this.inner.search(queries);
  }

  get(ids: readonly string[], withEmbeddings?: boolean): Promise<Outcome<StoredProduct | null>[]> {
    return this.inner.get(ids, withEmbeddings);
  }

  count(filter?: ProductFilter): Promise<number> {
    return this.inner.count(filter);
  }

  close(): Promise<void> {
    return this.inner.close();
  }
}
