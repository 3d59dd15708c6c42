import { expect, it } from "vitest";
import { tokenize } from "../../src/domain/words.js";

it("a soft hyphen, which nobody sees or types, parts no word", () => {
  expect(tokenize("Wasch\u00adma\u00adschine, 8 kg")).toEqual(["waschmaschine", "8", "kg"]);
});
