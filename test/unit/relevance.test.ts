import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { rank } from "../../src/domain/fusion.js";
import {
  type Calibration,
  curvesOf,
  cutOffs,
  type RelevanceCurve,
  relevanceAt,
  relevanceOf,
  similarityAt,
} from "../../src/domain/relevance.js";

const number = (min: number, max: number) => fc.double({ min, max, noNaN: true });
const cosine = number(-1, 1);
const curve: fc.Arbitrary<RelevanceCurve> = fc.record({ slope: number(0.5, 40), intercept: number(-20, 20) });
const CALIBRATION: Calibration = {
  wordToImage: { slope: 20, intercept: -9 },
  imageToImage: { slope: 10, intercept: -7 },
  wordToText: { slope: 15, intercept: -6 },
};

describe("relevanceAt", () => {
  it("is one half where slope · cosine + intercept is 0, and e : 1 one step above", () => {
    expect(relevanceAt({ slope: 20, intercept: -9 }, 0.45)).toBe(0.5);
    expect(relevanceAt({ slope: 20, intercept: -9 }, 0.5)).toBeCloseTo(Math.E / (1 + Math.E), 12);
  });

  it("lies in [0, 1] and never falls as the cosine grows", () => {
    fc.assert(
      fc.property(curve, cosine, cosine, (each, a, b) => {
        const [low, high] = [relevanceAt(each, Math.min(a, b)), relevanceAt(each, Math.max(a, b))];
        expect(low).toBeGreaterThanOrEqual(0);
        expect(high).toBeLessThanOrEqual(1);
        expect(low).toBeLessThanOrEqual(high);
      }),
    );
  });

  it("is undone by similarityAt", () => {
    fc.assert(
      fc.property(curve, number(0.001, 0.999), (each, relevance) => {
        expect(relevanceAt(each, similarityAt(each, relevance))).toBeCloseTo(relevance, 9);
      }),
    );
  });
});

describe("relevanceOf", () => {
  it("is the best of the signals that a curve applies to", () => {
    const curves = curvesOf(CALIBRATION, false);
    expect(relevanceOf({ image: 0.45, text: 0.2 }, curves)).toBe(0.5);
    expect(relevanceOf({ image: 0.1, text: 0.4 }, curves)).toBe(0.5);
    expect(relevanceOf({ image: null, text: 0.4 }, curves)).toBe(0.5);
    expect(relevanceOf({ image: null, text: null }, curves)).toBeNull();
    expect(relevanceOf({ image: null, text: 0.9 }, { ...curves, text: null })).toBeNull();
  });

  it("uses the picture curve where the query holds a picture", () => {
    const curves = curvesOf(CALIBRATION, true);
    expect(relevanceOf({ image: 0.7, text: null }, curves)).toBe(0.5);
    expect(relevanceOf({ image: 0.7, text: 0.9 }, curves)).toBe(0.5);
  });
});

describe("cutOffs", () => {
  const signals = fc.record({ image: fc.option(cosine), text: fc.option(cosine) });

  it("are none unless one is asked for", () => {
    expect(cutOffs(null, null, curvesOf(CALIBRATION, false))).toBeNull();
    expect(cutOffs(0.25, null, null)).toEqual({ image: 0.25, text: 0.25 });
  });

  it("let everything through at 0 and nothing at 1 or without a curve", () => {
    const curves = curvesOf(CALIBRATION, false);
    expect(cutOffs(null, 0, curves)).toEqual({ image: -1, text: -1 });
    expect(cutOffs(null, 1, curves)).toEqual({ image: 2, text: 2 });
    expect(cutOffs(null, 0.5, { ...curves, text: null })?.text).toBe(2);
  });

  it("keep exactly the hits whose relevance reaches minRelevance", () => {
    fc.assert(
      fc.property(curve, curve, signals, number(0, 1), (image, text, cosines, minRelevance) => {
        const relevance = relevanceOf(cosines, { image, text });
        fc.pre(relevance !== null && Math.abs(relevance - minRelevance) > 1e-7);
        expect(kept(cosines, cutOffs(null, minRelevance, { image, text }))).toBe((relevance as number) > minRelevance);
      }),
    );
  });

  it("let a hit through by its own relevance", () => {
    fc.assert(
      fc.property(curve, curve, signals, (image, text, cosines) => {
        const relevance = relevanceOf(cosines, { image, text });
        fc.pre(relevance !== null);
        expect(kept(cosines, cutOffs(null, relevance, { image, text }))).toBe(true);
      }),
    );
  });

  it("never let through what minSimilarity alone keeps out", () => {
    fc.assert(
      fc.property(curve, curve, signals, number(0, 1), cosine, (image, text, cosines, minRelevance, minSimilarity) => {
        if (kept(cosines, cutOffs(minSimilarity, minRelevance, { image, text }))) {
          expect(Math.max(cosines.image ?? -1, cosines.text ?? -1)).toBeGreaterThanOrEqual(minSimilarity);
        }
      }),
    );
  });

  function kept({ image, text }: { image: number | null; text: number | null }, least: ReturnType<typeof cutOffs>): boolean {
    const list = (similarity: number | null) => (similarity === null ? [] : [{ id: "it", score: similarity, stored: null }]);
    return rank({ image: list(image), text: list(text), lexical: null }, least).length === 1;
  }
});
