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
  /** The stems of these in order, between spaces, by which phrases are found; not a field of the engine. */
  readonly stems: string;
}

/** BM25+ over the words of products, English stems for words, as MiniSearch computes it. */
export class WordIndex {
  private readonly engine = new MiniSearch<Entry>({
    fields: ["title", "words"],
    tokenize,
    processTerm: stemmer,
  });
  private readonly entries = new Map<string, Entry>();

  /** Adds or replaces. */
  set(product: Product): void {
    this.delete(product.id);
    const words = searchableWords(product);
    const entry = { id: product.id, title: product.title, words, stems: inOrder(tokenize(words)) };
    this.engine.add(entry);
    this.entries.set(product.id, entry);
  }

  /** Takes the words out at once: what is discarded counts until a search comes upon it, so that the next one scores otherwise. */
  delete(id: string): void {
    const entry = this.entries.get(id);
    if (!entry) return;
    this.engine.remove(entry);
    this.entries.delete(id);
  }

  /** Every product that holds one of the words, best first. */
  search(words: readonly string[]): Match[] {
    const typos = new Map(words.filter((word) => !this.isKnown(word)).map((word) => [stemmer(word), allowedTypos(word)]));
    const found = this.engine.search(words.join(" "), { boost: { title: TITLE_BOOST }, fuzzy: (stem) => typos.get(stem) ?? 0 });
    const phrase = words.length > 1 ? inOrder(words) : null;
    return found.map(({ id, score }) => {
      const holdsPhrase = phrase !== null && this.entries.get(id)?.stems.includes(phrase);
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
