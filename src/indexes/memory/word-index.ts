import MiniSearch from "minisearch";
import { stemmer } from "stemmer";
import { type Product, searchableWords } from "../../domain/product.js";
import type { Match } from "../../domain/search.js";
import { allowedTypos, tokenize } from "../../domain/words.js";

const TITLE_BOOST = 2;
const PHRASE_BOOST = 1.5;

interface Entry {
  readonly id: string;
  readonly title: string;
  readonly words: string;
}

/** BM25+ over the words of products, English stems for words, as MiniSearch computes it. */
export class WordIndex {
  private readonly engine = new MiniSearch<Entry>({
    fields: ["title", "words"],
    tokenize,
    processTerm: stemmer,
  });
  private readonly entries = new Map<string, Entry>();
  /** All stems of a product in order, between spaces. */
  private readonly stems = new Map<string, string>();

  /** Adds or replaces. */
  set(product: Product): void {
    this.delete(product.id);
    const entry = { id: product.id, title: product.title, words: searchableWords(product) };
    this.engine.add(entry);
    this.entries.set(product.id, entry);
    this.stems.set(product.id, inOrder(tokenize(entry.words)));
  }

  /** Takes the words out at once: what is discarded counts until a search comes upon it, so that the next one scores otherwise. */
  delete(id: string): void {
    const entry = this.entries.get(id);
    if (!entry) return;
    this.engine.remove(entry);
    this.entries.delete(id);
    this.stems.delete(id);
  }

  /** Every product that holds one of the words, best first. */
  search(words: readonly string[]): Match[] {
    const typos = new Map(words.filter((word) => !this.isKnown(word)).map((word) => [stemmer(word), allowedTypos(word)]));
    const found = this.engine.search(words.join(" "), { boost: { title: TITLE_BOOST }, fuzzy: (stem) => typos.get(stem) ?? 0 });
    const phrase = words.length > 1 ? inOrder(words) : null;
    return found.map(({ id, score }) => {
      const holdsPhrase = phrase !== null && this.stems.get(id)?.includes(phrase);
      return { id, score: holdsPhrase ? score * PHRASE_BOOST : score, stored: null };
    });
  }

  private isKnown(word: string): boolean {
    return this.engine.search(word).length > 0;
  }
}

function inOrder(words: readonly string[]): string {
  return ` ${words.map(stemmer).join(" ")} `;
}
