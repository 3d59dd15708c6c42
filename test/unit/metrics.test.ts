import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { averagePrecisionAt, mean, ndcgAt, precisionAt, quantile, type Ranking, recallAt } from "../../src/evaluate/metrics.js";

/** Hits at ranks 1, 3 and 6 of 10; four products are relevant. */
const WORKED: Ranking = { found: [1, 0, 1, 0, 0, 1, 0, 0, 0, 0].map(Boolean), relevantCount: 4 };
const MEASURES = { precisionAt, recallAt, averagePrecisionAt, ndcgAt };

const ranking = fc
  .tuple(fc.array(fc.boolean(), { maxLength: 40 }), fc.nat(20))
  .map(([found, missed]): Ranking => ({ found, relevantCount: Math.max(1, found.filter(Boolean).length + missed) }));
const rank = fc.integer({ min: 1, max: 50 });

describe("metrics, worked by hand", () => {
  it("precision and recall", () => {
    expect(precisionAt(3, WORKED)).toBeCloseTo(2 / 3, 12);
    expect(precisionAt(10, WORKED)).toBeCloseTo(3 / 4, 12);
    expect(recallAt(3, WORKED)).toBe(0.5);
    expect(recallAt(10, WORKED)).toBe(0.75);
  });

  it("average precision: (1/1 + 2/3 + 3/6) / 4", () => {
    expect(averagePrecisionAt(10, WORKED)).toBeCloseTo((1 + 2 / 3 + 1 / 2) / 4, 12);
    expect(averagePrecisionAt(2, WORKED)).toBeCloseTo(1 / 2, 12);
  });

  it("nDCG: gains 1/log2(2) + 1/log2(4) + 1/log2(7), ideally ranks 1 to 4", () => {
    const ideal = 1 + 1 / Math.log2(3) + 1 / 2 + 1 / Math.log2(5);
    expect(ndcgAt(10, WORKED)).toBeCloseTo((1 + 1 / 2 + 1 / Math.log2(7)) / ideal, 12);
    expect(ndcgAt(10, WORKED)).toBeCloseTo(0.7246, 4);
  });

  it("mean and quantile", () => {
    expect([mean([1, 2, 6]), mean([])]).toEqual([3, null]);
    expect([0, 0.5, 0.95, 1].map((q) => quantile(q, [40, 10, 30, 20]))).toEqual([10, 20, 40, 40]);
    expect(quantile(0.5, [])).toBeNull();
  });
});

describe.each(Object.entries(MEASURES))("%s", (name, measure) => {
  it("lies in [0, 1], is 0 without a relevant hit", () => {
    fc.assert(
      fc.property(ranking, rank, (each, k) => {
        const value = measure(k, each);
        expect(value).toBeGreaterThanOrEqual(0);
        expect(value).toBeLessThanOrEqual(1 + 1e-12);
        if (!each.found.slice(0, k).includes(true)) expect(value).toBe(0);
      }),
    );
  });

  it("never falls when a relevant hit moves up by one", () => {
    fc.assert(
      fc.property(ranking, rank, fc.nat(38), (each, k, i) => {
        fc.pre(each.found[i] === false && each.found[i + 1] === true);
        const better = each.found.with(i, true).with(i + 1, false);
        expect(measure(k, { ...each, found: better })).toBeGreaterThanOrEqual(measure(k, each) - 1e-12);
      }),
    );
  });

  it("is 1 for a perfect ranking, however few are relevant", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), rank, (relevantCount, k) => {
        fc.pre(name !== "recallAt" || k >= relevantCount);
        const found = Array.from({ length: 40 }, (_, i) => i < relevantCount);
        expect(measure(k, { found, relevantCount })).toBeCloseTo(1, 12);
      }),
    );
  });
});

describe("recallAt", () => {
  it("never falls as k grows", () => {
    fc.assert(fc.property(ranking, rank, (each, k) => recallAt(k + 1, each) >= recallAt(k, each)));
  });
});
