import { describe, expect, it } from "vitest";
import { chooseMode } from "../../src/search/choose-mode.js";

describe("chooseMode", () => {
  it.each([
    ["words", ["red shoe"], "HYBRID"],
    ["a year among words", ["calendar 2024"], "HYBRID"],
    ["a size", ["42"], "HYBRID"],
    ["an article number", ["SM-G991B"], "LEXICAL"],
    ["an article number between spaces", [" SM-G991B "], "LEXICAL"],
    ["a barcode", ["4006381333931"], "LEXICAL"],
    ["a quoted text", ['"red shoe"'], "LEXICAL"],
    ["a quoted text and another", ['"red shoe"', "boot"], "HYBRID"],
    ["no text", [], "SEMANTIC"],
  ] as const)("takes %s as %s: %s", (_, texts, mode) => {
    expect(chooseMode({ texts, hasOthers: false, cutOff: null })).toBe(mode);
  });

  it("compares embeddings when there is more than words, or a least cosine", () => {
    expect(chooseMode({ texts: ["SM-G991B"], hasOthers: true, cutOff: null })).toBe("SEMANTIC");
    expect(chooseMode({ texts: ["SM-G991B"], hasOthers: false, cutOff: "minSimilarity" })).toBe("HYBRID");
  });
});
