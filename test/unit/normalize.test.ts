import { describe, expect, it } from "vitest";
import { normalize } from "../../src/domain/embedding.js";

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
