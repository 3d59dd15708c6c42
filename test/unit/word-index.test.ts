import { expect, it } from "vitest";
import { WordIndex } from "../../src/indexes/memory/word-index.js";
import { product } from "../contract/catalogue.js";

it("scores misspelt words alike each time, also the first after products were replaced and deleted", () => {
  const words = new WordIndex();
  ["Amber vase", "Amber vase, amber glass", "Amber bowl", "Vase"].forEach((title, i) => {
    words.set(product(`${i}`, { title }));
  });
  words.set(product("2", { title: "Tall amber bowl" }));
  words.delete("1");
  const first = words.search(["ambar", "vase"]);
  expect(first.map(({ id }) => id).sort()).toEqual(["0", "2", "3"]);
  expect(words.search(["ambar", "vase"])).toEqual(first);
});
