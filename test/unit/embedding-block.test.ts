import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cosine, normalize } from "../../src/domain/embedding.js";
import { EmbeddingBlock } from "../../src/indexes/lancedb/embedding-block.js";

const numbers = (length: number) => fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: length, maxLength: length });
const vectors = fc
  .integer({ min: 1, max: 30 })
  .chain((dimension) => fc.array(numbers(dimension), { minLength: 2, maxLength: 12 }))
  .filter((each) => each.every((one) => Math.hypot(...one) > 1e-3));

describe("EmbeddingBlock", () => {
  it("compares a query with each row, whatever the dimension, and with those asked for alone", () => {
    fc.assert(
      fc.property(vectors, ([first, ...others]) => {
        const query = normalize(first as number[]);
        const rows = others.map(normalize);
        const block = new EmbeddingBlock(rows.length + 3, query.length);
        rows.forEach((row, i) => block.set(i, row));
        const cosines = block.cosines(query, [...rows.keys()]);
        expect(cosines).toHaveLength(rows.length);
        cosines.forEach((each, i) => expect(each).toBeCloseTo(cosine(query, rows[i] as Float32Array), 12));
      }),
    );
  });
});
