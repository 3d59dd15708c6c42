import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cosine, normalize } from "../../src/domain/embedding.js";

describe("normalize", () => {
  it.each([1, -1e-45, 1e-162, 5e-324, 1e200, 1e308])("scales a vector whose numbers are about %d to length 1", (size) => {
    const [x, y, z] = normalize([size, size, 0]);
    expect(x).toBeCloseTo(Math.sign(size) * Math.SQRT1_2, 7);
    expect(y).toBe(x);
    expect(z).toBeCloseTo(0, 7);
  });

  it.each([[[0, -0]], [[1, Number.NaN]], [[Number.POSITIVE_INFINITY, 1]], [[]]])("refuses %j", (vector) => {
    expect(() => normalize(vector)).toThrow(expect.objectContaining({ code: "BAD_USER_INPUT" }));
  });
});

describe("cosine", () => {
  it("is at most 1 of an embedding with itself, and at least -1 with its opposite", () => {
    const number = fc.double({ min: -1, max: 1, noNaN: true });
    fc.assert(
      fc.property(fc.array(number, { minLength: 16, maxLength: 16 }), (vector) => {
        fc.pre(vector.some((each) => each !== 0));
        const embedding = normalize(vector);
        expect(cosine(embedding, embedding)).toBeLessThanOrEqual(1);
        expect(
          cosine(
            embedding,
            embedding.map((each) => -each),
          ),
        ).toBeGreaterThanOrEqual(-1);
      }),
    );
  });
});
