import fc from "fast-check";
import { expect, it } from "vitest";
import { costsMore } from "../../src/json-cost.js";

/** Counted in the value itself: what parts values, and ten for each list and object. */
function costOf(value: unknown): number {
  if (typeof value !== "object" || value === null) return 0;
  const members = Object.values(value);
  return members.reduce<number>((sum, each) => sum + costOf(each), 10 + Math.max(0, members.length - 1));
}

it("counts values, lists and objects, and nothing inside texts", () => {
  const text = fc.string({ unit: fc.constantFrom('"', "\\", "[", "{", ",", "é", "a"), maxLength: 8 });
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(text, fc.constantFrom(1.5, null, true), fc.array(tie("value"), { maxLength: 4 }), fc.dictionary(text, tie("value"))),
  }));
  fc.assert(
    fc.property(value, fc.constantFrom(undefined, 1), (given, indent) => {
      const json = Buffer.from(JSON.stringify(given, null, indent));
      expect(costsMore(json, costOf(given))).toBe(false);
      if (costOf(given) > 0) expect(costsMore(json, costOf(given) - 1)).toBe(true);
    }),
  );
});

it.each(['"', '"\\', '"a\\"[[[[', "]", ""])("takes %j, which is no JSON", (json) => {
  expect(costsMore(Buffer.from(json), 5)).toBe(false);
});
