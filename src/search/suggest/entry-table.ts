import { fold, tokenize } from "../../domain/words.js";
import type { FoundWord } from "./vocabulary.js";

export type SuggestionKind = "QUERY" | "PRODUCT" | "CATEGORY" | "BRAND";

/** A text that can be suggested, and what speaks for it. */
export interface Entry {
  readonly slot: number;
  readonly text: string;
  readonly folded: string;
  readonly kind: SuggestionKind;
  readonly words: readonly string[];
  /** Products of this title, brand or category. */
  readonly productIds: Set<string>;
  /** How often a query was asked. */
  asked: number;
  /** What speaks for it whatever was typed. */
  weight: number;
}

/** Texts by the words in them. A search marks slots of arrays instead of making sets, since a letter can match most of them. */
export class EntryTable {
  private readonly slots: (Entry | null)[] = [];
  private readonly free: number[] = [];
  /** Slots that are empty, but still in lists of words: a common word's list is too long to be gone through for each of them. */
  private emptied: number[] = [];
  private readonly byText = new Map<string, Entry>();
  private readonly byWord = new Map<string, number[]>();
  private round = 0;
  /** The last round that each slot was found in, and the typos it was found with. */
  private rounds = new Uint32Array(1024);
  private typos = new Uint8Array(1024);

  /** The entry of a text, made where there is none; null for a text without words. */
  of(kind: SuggestionKind, text: string): Entry | null {
    const known = this.byText.get(`${kind} ${text}`);
    if (known) return known;
    const words = [...new Set(tokenize(text))];
    if (words.length === 0) return null;
    const slot = this.free.pop() ?? this.slots.length;
    const entry: Entry = { slot, text, folded: fold(text), kind, words, productIds: new Set(), asked: 0, weight: 0 };
    this.slots[slot] = entry;
    if (slot >= this.rounds.length) this.grow();
    this.byText.set(`${kind} ${text}`, entry);
    for (const word of words) {
      const slots = this.byWord.get(word);
      if (slots) slots.push(slot);
      else this.byWord.set(word, [slot]);
    }
    return entry;
  }

  remove(entry: Entry): void {
    this.byText.delete(`${entry.kind} ${entry.text}`);
    this.slots[entry.slot] = null;
    this.emptied.push(entry.slot);
    if (this.emptied.length > this.byText.size) this.freeEmptied();
  }

  /** Whether a title, a brand or a category has the word. */
  isInCatalogue(word: string): boolean {
    return (this.byWord.get(word) ?? []).some((slot) => {
      const entry = this.slots[slot];
      return entry && entry.kind !== "QUERY";
    });
  }

  /** Calls back with every entry that has a word of each list, and the fewest typos in these words together. */
  forEach(lists: readonly (readonly FoundWord[])[], found: (entry: Entry, typos: number) => void): void {
    let slots: number[] = [];
    lists.forEach((words, i) => {
      slots = this.mark(words, i === 0 ? null : this.round);
    });
    for (const slot of slots) {
      const entry = this.slots[slot];
      if (entry) found(entry, this.typos[slot] as number);
    }
  }

  /** The slots with one of the words, of those alone that `among` (a round) found. */
  private mark(words: readonly FoundWord[], among: number | null): number[] {
    const round = ++this.round;
    const before = among === null ? null : this.typos.slice();
    const found: number[] = [];
    for (const { word, typos } of words) {
      for (const slot of this.byWord.get(word) ?? []) {
        const own = typos + (before?.[slot] ?? 0);
        if (this.rounds[slot] === round) this.typos[slot] = Math.min(this.typos[slot] as number, own);
        else if (among === null || this.rounds[slot] === among) {
          this.rounds[slot] = round;
          this.typos[slot] = own;
          found.push(slot);
        }
      }
    }
    return found;
  }

  private freeEmptied(): void {
    for (const [word, slots] of this.byWord) {
      const rest = slots.filter((slot) => this.slots[slot] !== null);
      if (rest.length > 0) this.byWord.set(word, rest);
      else this.byWord.delete(word);
    }
    for (const slot of this.emptied) this.free.push(slot);
    this.emptied = [];
  }

  private grow(): void {
    const [rounds, typos] = [this.rounds, this.typos];
    this.rounds = new Uint32Array(rounds.length * 2);
    this.rounds.set(rounds);
    this.typos = new Uint8Array(typos.length * 2);
    this.typos.set(typos);
  }
}
