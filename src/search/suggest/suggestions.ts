import { LRUCache } from "lru-cache";
import type { ProductListener } from "../../domain/ports.js";
import type { Product } from "../../domain/product.js";
import { fold, tokenize } from "../../domain/words.js";
import { type Entry, EntryTable, type SuggestionKind } from "./entry-table.js";
import { type FoundWord, Vocabulary } from "./vocabulary.js";

export interface Suggestion {
  readonly text: string;
  readonly kind: SuggestionKind;
  /** One product of this title, for the kind PRODUCT. */
  readonly productId: string | null;
}

interface Scored {
  readonly entry: Entry;
  readonly score: number;
}

const MAX_QUERIES = 10_000;
const MAX_WORDS = 8;
/** Categories and brands stand for many products, and past queries for what shoppers look for. */
const KIND_BONUS: Record<SuggestionKind, number> = { CATEGORY: 1.5, BRAND: 1.5, QUERY: 1, PRODUCT: 0 };
const START_BONUS = 3;
const TYPO_MALUS = 4;
const MALUS_PER_CHAR = 1 / 50;

/**
 * Type-ahead over titles, categories, brands and past queries, in memory. The last word may be unfinished; a word that
 * nothing begins with may have as many typos as its length allows.
 */
export class Suggestions implements ProductListener {
  private readonly vocabulary = new Vocabulary();
  private readonly entries = new EntryTable();
  private readonly ofProduct = new Map<string, readonly Entry[]>();
  /** Products that were removed while older ones are still being learnt; null once all are. */
  private removed: Set<string> | null = new Set();
  private readonly queries = new LRUCache<string, Entry>({ max: MAX_QUERIES, dispose: (entry) => this.forget(entry) });

  put({ id, title, brand, categories }: Product): void {
    const before = this.ofProduct.get(id) ?? [];
    // Each once, though a product may name a category twice: to leave an entry twice would give its slot away twice.
    const named = new Set([
      this.entry("PRODUCT", title),
      brand ? this.entry("BRAND", brand) : null,
      ...categories.map((each) => this.entry("CATEGORY", each)),
    ]);
    const entries = [...named].filter((each) => each !== null);
    for (const entry of entries) {
      entry.productIds.add(id);
      entry.weight = weightOf(entry);
    }
    this.ofProduct.set(id, entries);
    for (const entry of before) if (!entries.includes(entry)) this.leave(entry, id);
  }

  remove(id: string): void {
    for (const entry of this.ofProduct.get(id) ?? []) this.leave(entry, id);
    this.ofProduct.delete(id);
    this.removed?.add(id);
  }

  /** Takes in a product as an index held it a moment ago; what was put or removed meanwhile is newer and stays. */
  learn(product: Product): void {
    if (!this.ofProduct.has(product.id) && !this.removed?.has(product.id)) this.put(product);
  }

  /** To be called once nothing more is learnt. */
  endLearning(): void {
    this.removed = null;
  }

  /** Remembers a query that found something. One with a word that the catalogue does not know is not for others to see. */
  asked(query: string): void {
    const text = query.trim().replace(/\s+/g, " ").toLowerCase();
    const words = tokenize(text);
    if (words.length > MAX_WORDS || !this.areKnown(words)) return;
    const entry = this.entry("QUERY", text);
    if (!entry) return;
    entry.asked++;
    entry.weight = weightOf(entry);
    this.queries.set(text, entry);
  }

  /** The best `first` for what was typed so far, best first. */
  suggest(prefix: string, first: number): Suggestion[] {
    const typed = [...new Set(tokenize(prefix))].slice(0, MAX_WORDS);
    if (typed.length === 0) return [];
    const start = fold(prefix).trim();
    const bestBy = (find: (word: string) => FoundWord[]) => this.best(typed.map(find), start, first);
    const exact = bestBy((word) => this.vocabulary.beginningWith(word));
    const found = exact.length > 0 ? exact : bestBy((word) => this.vocabulary.near(word, typosIn(word)));
    return found.map(({ entry: { text, kind, productIds } }) => {
      const [productId = null] = productIds;
      return { text, kind, productId: kind === "PRODUCT" ? productId : null };
    });
  }

  private areKnown(words: readonly string[]): boolean {
    return words.every((word) => this.entries.isInCatalogue(word));
  }

  /** The best entries that have a word of each list; a text that is several, such as a brand and a title, once. */
  private best(lists: readonly (readonly FoundWord[])[], start: string, first: number): Scored[] {
    const best: Scored[] = [];
    /** The last of them once there are enough. */
    let worst: Scored | null = null;
    this.entries.forEach(lists, (entry, typos) => {
      const most = entry.weight + START_BONUS - TYPO_MALUS * typos;
      // A letter can match most of the catalogue: what cannot come in is not looked at further.
      if (worst && most < worst.score) return;
      const score = entry.folded.startsWith(start) ? most : most - START_BONUS;
      const isAhead = (each: Scored) => score > each.score || (score === each.score && entry.text < each.entry.text);
      if (worst && !isAhead(worst)) return;
      // What a query asked for may have left the catalogue since.
      if (entry.kind === "QUERY" && !this.areKnown(entry.words)) return;
      const same = best.findIndex((each) => each.entry.folded === entry.folded);
      if (same !== -1 && !isAhead(best[same] as Scored)) return;
      if (same !== -1) best.splice(same, 1);
      const at = best.findIndex(isAhead);
      best.splice(at === -1 ? best.length : at, 0, { entry, score });
      if (best.length > first) best.pop();
      if (best.length === first) worst = best.at(-1) as Scored;
    });
    return best;
  }

  private entry(kind: SuggestionKind, text: string): Entry | null {
    const entry = this.entries.of(kind, text);
    for (const word of entry?.words ?? []) this.vocabulary.add(word);
    return entry;
  }

  private leave(entry: Entry, productId: string): void {
    entry.productIds.delete(productId);
    entry.weight = weightOf(entry);
    this.removeUnused(entry);
  }

  private forget(entry: Entry): void {
    entry.asked = 0;
    this.removeUnused(entry);
  }

  /** Its words stay in the vocabulary, where they cost next to nothing. */
  private removeUnused(entry: Entry): void {
    if (entry.productIds.size === 0 && entry.asked === 0) this.entries.remove(entry);
  }
}

/** Fewer than in a search, since an unfinished word is near to many others. */
function typosIn(typed: string): number {
  return typed.length < 4 ? 0 : typed.length < 8 ? 1 : 2;
}

function weightOf({ folded, kind, productIds, asked }: Entry): number {
  const popularity = Math.log2(1 + (kind === "QUERY" ? asked : productIds.size)) / 2;
  return KIND_BONUS[kind] + popularity - folded.length * MALUS_PER_CHAR;
}
