import { expect, it } from "vitest";
import { allowedTypos, queryWords, tokenize } from "../../src/domain/words.js";

it("a soft hyphen, which nobody sees or types, parts no word", () => {
  expect(tokenize("Wasch\u00adma\u00adschine, 8 kg")).toEqual(["waschmaschine", "8", "kg"]);
});

it("capitals and accents part no words and make no others", () => {
  expect(tokenize("CRÈME Brûlée")).toEqual(tokenize("creme brulee"));
});

it("a possessive's ending is no word, with either apostrophe", () => {
  expect(tokenize("Women's boots, MEN’S too")).toEqual(["women", "boots", "men", "too"]);
});

it("stop words are not looked for, unless there is nothing else", () => {
  expect(queryWords("The lamp for a table")).toEqual(["lamp", "table"]);
  expect(queryWords("To be, or not to be")).toEqual(["to", "be", "or", "not", "to", "be"]);
});

it("of a long text the first 32 words are looked for", () => {
  const words = Array.from({ length: 40 }, (_, i) => `w${i}`);
  expect(queryWords(words.join(" "))).toEqual(words.slice(0, 32));
});

it.each([
  [2, 0],
  [3, 1],
  [5, 1],
  [6, 2],
  [24, 2],
  [25, 0],
])("a word of %i letters may have %i of them wrong", (letters, typos) => {
  expect(allowedTypos("x".repeat(letters))).toBe(typos);
});
