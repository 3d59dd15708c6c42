/** A word that was found, and how many letters of what was typed are wrong in it. */
export interface FoundWord {
  readonly word: string;
  readonly typos: number;
}

/** Words longer than this are looked at up to here. */
const MAX_LETTERS = 40;

/** Words in order, found by their beginning. */
export class Vocabulary {
  private words: string[] = [];
  /** Words that are not in order yet: to put each in its place at once would move half of all words for it. */
  private readonly added = new Set<string>();
  private readonly table = new DistanceTable();

  add(word: string): void {
    if (this.words[this.firstNotBefore(word)] !== word) this.added.add(word);
  }

  /** Words that begin so. */
  beginningWith(prefix: string): FoundWord[] {
    this.putInOrder();
    const words = this.words.slice(this.firstNotBefore(prefix), this.firstNotBefore(`${prefix}\uffff`));
    return words.map((word) => ({ word, typos: 0 }));
  }

  /**
   * Words with a beginning that differs from what was typed by at most so many letters: left out, put in, changed, or
   * swapped with a neighbour. The words are in order, so each one's table goes on from the rows it shares with the word
   * before, and where a row has nothing near enough, all words that begin the same are skipped.
   */
  near(typed: string, maxTypos: number): FoundWord[] {
    this.putInOrder();
    const found: FoundWord[] = [];
    this.table.start(typed.slice(0, MAX_LETTERS));
    for (let i = 0; i < this.words.length; ) {
      const word = this.words[i] as string;
      const depth = this.table.read(word, maxTypos);
      const typos = this.table.fewest(depth);
      if (typos <= maxTypos) found.push({ word, typos });
      const isLost = typos > maxTypos && depth < word.length;
      i = isLost ? this.firstNotBefore(`${word.slice(0, depth)}\uffff`) : i + 1;
    }
    return found;
  }

  private putInOrder(): void {
    if (this.added.size === 0) return;
    const { words } = this;
    const merged: string[] = [];
    let next = 0;
    for (const word of [...this.added].sort()) {
      while (next < words.length && (words[next] as string) < word) merged.push(words[next++] as string);
      merged.push(word);
    }
    this.words = merged.concat(words.slice(next));
    this.added.clear();
  }

  private firstNotBefore(word: string): number {
    let [low, high] = [0, this.words.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.words[middle] as string) < word) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/**
 * Distances between the beginnings of a typed word and of one word after the other: the optimal string alignment (restricted
 * Damerau-Levenshtein) distance, a row for each letter read.
 */
class DistanceTable {
  private readonly rows = Array.from({ length: MAX_LETTERS + 1 }, () => new Uint8Array(MAX_LETTERS + 1));
  /** Least number in each row; and the fewest typos in the whole typed word up to each row. */
  private readonly least = new Uint8Array(MAX_LETTERS + 1);
  private readonly whole = new Uint8Array(MAX_LETTERS + 1);
  private typed = "";
  private previous = "";
  /** Rows that hold for `previous`. */
  private filled = 0;

  start(typed: string): void {
    this.typed = typed;
    this.previous = "";
    this.filled = 0;
    this.rows[0]?.forEach((_, i, row) => {
      row[i] = i;
    });
    this.whole[0] = typed.length;
  }

  /** Reads a word until nothing can come of it; how many letters that took. */
  read(word: string, maxTypos: number): number {
    const length = Math.min(word.length, MAX_LETTERS);
    let depth = 0;
    while (depth < this.filled && depth < length && this.previous[depth] === word[depth]) depth++;
    while (depth < length && (this.least[depth] as number) <= maxTypos) this.fill(word, ++depth);
    this.previous = word;
    this.filled = depth;
    return depth;
  }

  fewest(depth: number): number {
    return this.whole[depth] as number;
  }

  private fill(word: string, depth: number): void {
    const [above, row] = [this.rows[depth - 1] as Uint8Array, this.rows[depth] as Uint8Array];
    const letter = word[depth - 1];
    const { typed } = this;
    row[0] = depth;
    let least = depth;
    for (let j = 1; j <= typed.length; j++) {
      let best = (above[j - 1] as number) + Number(typed[j - 1] !== letter);
      best = Math.min(best, (above[j] as number) + 1, (row[j - 1] as number) + 1);
      if (j > 1 && depth > 1 && typed[j - 1] === word[depth - 2] && typed[j - 2] === letter) {
        best = Math.min(best, (this.rows[depth - 2]?.[j - 2] as number) + 1);
      }
      row[j] = best;
      if (best < least) least = best;
    }
    this.least[depth] = least;
    this.whole[depth] = Math.min(this.whole[depth - 1] as number, row[typed.length] as number);
  }
}
