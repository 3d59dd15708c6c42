/** Words too common to tell products apart: Lucene's English stop words (EnglishAnalyzer.ENGLISH_STOP_WORDS_SET). */
const STOP_WORDS = new Set(
  "a an and are as at be but by for if in into is it no not of on or such that the their then there these they this to was will with".split(
    " ",
  ),
);

const MAX_WORDS = 32;

/** Lower case without accents, so that `Café` and `cafe` are one word. */
export function fold(text: string): string {
  return text
    .normalize("NFKD")
    .replace(/\p{M}+/gu, "")
    .toLowerCase();
}

/** The words of a text in order: runs of letters and digits, folded, without a possessive's 's and across soft hyphens. */
export function tokenize(text: string): string[] {
  return fold(text.replace(/['’]s\b|\u00ad/giu, "")).match(/[\p{L}\p{N}]+/gu) ?? [];
}

/** The words a lexical search looks for: stop words are left out, unless there is nothing else. */
export function queryWords(text: string): string[] {
  const words = tokenize(text).slice(0, MAX_WORDS);
  const telling = words.filter((word) => !STOP_WORDS.has(word));
  return telling.length > 0 ? telling : words;
}

/**
 * Longer ones, such as a sentence in a script without spaces, are not looked for with letters wrong: LanceDB refuses it from 30
 * Chinese characters on, and OpenSearch takes seconds for a thousand.
 */
const LONGEST_MISSPELT = 24;

/** How many letters of a word that the catalogue does not have may be wrong: Lucene's and OpenSearch's fuzziness AUTO, up to a length. */
export function allowedTypos(word: string): 0 | 1 | 2 {
  if (word.length < 3 || word.length > LONGEST_MISSPELT) return 0;
  return word.length < 6 ? 1 : 2;
}
