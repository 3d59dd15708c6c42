import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type RelevanceCurve, relevanceAt } from "../../src/domain/relevance.js";
import { calibrationError, fitPlatt, type Pairs } from "../../src/evaluate/platt.js";

/** Pairs at each of many cosines, relevant in the share that a curve tells. */
function pairsOf(curve: RelevanceCurve, each = 400): Pairs {
  const similarities: number[] = [];
  const relevant: number[] = [];
  for (let similarity = -0.5; similarity <= 1; similarity += 0.01) {
    const positives = Math.round(each * relevanceAt(curve, similarity));
    for (let i = 0; i < each; i++) {
      similarities.push(similarity);
      relevant.push(i < positives ? 1 : 0);
    }
  }
  return { similarities: Float32Array.from(similarities), relevant: Uint8Array.from(relevant) };
}

function shareOf({ relevant }: Pairs): number {
  return relevant.reduce((sum, value) => sum + value, 0) / relevant.length;
}

describe("fitPlatt", () => {
  it("finds the curve that made the pairs, when the prior is their own share", () => {
    for (const curve of [
      { slope: 12, intercept: -5 },
      { slope: 5, intercept: -4 },
      { slope: 25, intercept: -9 },
    ]) {
      const pairs = pairsOf(curve);
      const fitted = fitPlatt(pairs, shareOf(pairs)) as RelevanceCurve;
      expect(fitted.slope / curve.slope).toBeCloseTo(1, 1);
      expect(fitted.intercept / curve.intercept).toBeCloseTo(1, 1);
      expect(calibrationError(pairs, fitted, shareOf(pairs))).toBeLessThan(0.01);
    }
  });

  it("moves by the log odds of the prior and by nothing else (Bayes' rule)", () => {
    const pairs = pairsOf({ slope: 12, intercept: -5 });
    const share = shareOf(pairs);
    const own = fitPlatt(pairs, share) as RelevanceCurve;
    const rare = fitPlatt(pairs, 0.05) as RelevanceCurve;
    const odds = (p: number) => Math.log(p / (1 - p));
    expect(rare.slope).toBeCloseTo(own.slope, 0);
    expect(rare.intercept - own.intercept).toBeCloseTo(odds(0.05) - odds(share), 0);
  });

  it("gives the same curve whatever the number of irrelevant pairs", () => {
    const pairs = pairsOf({ slope: 10, intercept: -5 });
    const others = [...pairs.similarities].filter((_, i) => pairs.relevant[i] === 0);
    const more = {
      similarities: Float32Array.from([...pairs.similarities, ...others, ...others]),
      relevant: Uint8Array.from([...pairs.relevant, ...others.map(() => 0), ...others.map(() => 0)]),
    };
    const [a, b] = [fitPlatt(pairs, 0.1), fitPlatt(more, 0.1)] as [RelevanceCurve, RelevanceCurve];
    // Platt's targets depend a little on the numbers.
    expect(b.slope / a.slope).toBeCloseTo(1, 2);
    expect(b.intercept / a.intercept).toBeCloseTo(1, 2);
  });

  it("stays finite where a threshold divides the pairs without error", () => {
    const pairs = { similarities: Float32Array.from([0.1, 0.2, 0.8, 0.9]), relevant: Uint8Array.from([0, 0, 1, 1]) };
    const { slope, intercept } = fitPlatt(pairs, 0.5) as RelevanceCurve;
    expect(slope).toBeGreaterThan(0);
    expect(slope).toBeLessThan(100);
    expect(relevanceAt({ slope, intercept }, 0.5)).toBeCloseTo(0.5, 6);
  });

  it("is null where nothing can be learnt", () => {
    const similarities = Float32Array.from([0.1, 0.5, 0.9]);
    expect(fitPlatt({ similarities, relevant: Uint8Array.from([1, 1, 1]) }, 0.1)).toBeNull();
    expect(fitPlatt({ similarities, relevant: Uint8Array.from([0, 0, 0]) }, 0.1)).toBeNull();
    expect(fitPlatt({ similarities, relevant: Uint8Array.from([1, 0, 0]) }, 0.1)).toBeNull();
    expect(fitPlatt({ similarities: new Float32Array(), relevant: new Uint8Array() }, 0.1)).toBeNull();
  });

  it("is null or a rising, finite curve for any pairs", () => {
    const pair = fc.tuple(fc.float({ min: -1, max: 1, noNaN: true }), fc.boolean());
    fc.assert(
      fc.property(fc.array(pair, { maxLength: 60 }), fc.double({ min: 0.01, max: 0.99, noNaN: true }), (pairs, prior) => {
        const curve = fitPlatt(
          { similarities: Float32Array.from(pairs.map(([x]) => x)), relevant: Uint8Array.from(pairs.map(([, y]) => Number(y))) },
          prior,
        );
        if (curve === null) return;
        expect(curve.slope).toBeGreaterThan(0);
        expect(Number.isFinite(curve.slope) && Number.isFinite(curve.intercept)).toBe(true);
      }),
    );
  });
});

describe("calibrationError", () => {
  const half: RelevanceCurve = { slope: 1e-9, intercept: 0 };

  it("is the distance of told and true, worked by hand", () => {
    // The curve says .5 for all. Four of ten are relevant, and the prior says as much: |.5 − .4|.
    const relevant = Uint8Array.from([1, 1, 1, 1, 0, 0, 0, 0, 0, 0]);
    expect(calibrationError({ similarities: new Float32Array(10), relevant }, half, 0.4)).toBeCloseTo(0.1, 6);
    expect(calibrationError({ similarities: new Float32Array(10), relevant }, half, 0.1)).toBeCloseTo(0.4, 6);
  });

  it("adds up over bins and does not let one bin pay for another", () => {
    // At cosine 1 the curve says .881 and none is relevant; at −1 it says .119 and all are.
    const pairs = { similarities: Float32Array.from([1, 1, -1, -1]), relevant: Uint8Array.from([0, 0, 1, 1]) };
    expect(calibrationError(pairs, { slope: 2, intercept: 0 }, 0.5)).toBeCloseTo(0.8808, 4);
  });

  it("is null without pairs of both sorts", () => {
    expect(calibrationError({ similarities: new Float32Array(1), relevant: Uint8Array.from([1]) }, half, 0.5)).toBeNull();
  });
});
