import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { rank } from "../../src/domain/fusion.js";
import type { Match } from "../../src/domain/search.js";

const list = (...ids: string[]): Match[] => ids.map((id, i) => ({ id, score: 1 - i / 10, stored: null }));
const idLists = fc.uniqueArray(fc.constantFrom("a", "b", "c", "d", "e", "f", "g", "h"));
const weight = fc.double({ min: 0.01, max: 100, noNaN: true });

describe("rank", () => {
  it("keeps one list's own order and scores", () => {
    const ranked = rank({ image: list("b", "a"), text: null, lexical: null }, null);
    expect(ranked.map(({ id, score, similarity }) => [id, score, similarity])).toEqual([
      ["b", 1, 1],
      ["a", 0.9, 0.9],
    ]);
    const words = rank({ image: null, text: null, lexical: [{ id: "x", score: 7.5, stored: null }] }, null);
    expect(words[0]).toMatchObject({ score: 7.5, similarity: null, signals: { lexical: 7.5, lexicalRank: 1, image: null } });
  });

  it("sums weighted reciprocal ranks; the two semantic lists share their side's weight", () => {
    const lists = { image: list("a", "b"), text: list("b"), lexical: list("c", "b") };
    const scores = new Map(rank(lists, null, { semantic: 2, lexical: 3 }).map(({ id, score }) => [id, score]));
    expect(scores.get("a")).toBeCloseTo(1 / 61, 12);
    expect(scores.get("b")).toBeCloseTo(1 / 62 + 1 / 61 + 3 / 62, 12);
    expect(scores.get("c")).toBeCloseTo(3 / 61, 12);
  });

  it("has a list count for both where a product has no embedding for the other", () => {
    const lists = (...lacking: string[]) => {
      const told = (...ids: string[]) => list(...ids).map((match) => ({ ...match, lacksOther: lacking.includes(match.id) }));
      return { image: told("pot", "mug"), text: told("kettle", "mug", "pot"), lexical: list("kettle", "mug", "pot") };
    };
    const scores = (...lacking: string[]) => new Map(rank(lists(...lacking), null).map(({ id, score }) => [id, score]));
    expect(scores().get("kettle")).toBeCloseTo(0.5 / 61 + 1 / 61, 12);
    expect([...scores("kettle").keys()]).toEqual(["kettle", "mug", "pot"]);
    expect(scores("kettle").get("kettle")).toBeCloseTo(2 / 61, 12);
    expect(scores("kettle").get("pot")).toBe(scores().get("pot"));
    const photo = [{ id: "photo", score: 0.5, lacksOther: true, stored: null }];
    expect(rank({ image: photo, text: list("mug"), lexical: null }, null)[0]).toMatchObject({ id: "photo", score: 1 / 61 });
  });

  it("takes the greatest cosine for the similarity, below 0 too", () => {
    const one = (score: number): Match[] => [{ id: "a", score, stored: null }];
    const similarity = (image: Match[], text: Match[]) => rank({ image, text, lexical: null }, null)[0]?.similarity;
    expect(similarity(one(-0.5), [])).toBe(-0.5);
    expect(similarity([], one(-0.5))).toBe(-0.5);
    expect(similarity(one(-0.5), one(-0.2))).toBe(-0.2);
  });

  it("puts equal scores by their cosine, then by their id", () => {
    const order = (image: Match[], lexical: Match[]) => rank({ image, text: null, lexical }, null).map(({ id }) => id);
    expect(order(list("b", "a"), list("a", "b"))).toEqual(["b", "a"]);
    expect(
      order(
        list("b", "a").map((each) => ({ ...each, score: 1 })),
        list("a", "b"),
      ),
    ).toEqual(["a", "b"]);
  });

  it("drops what is below a least cosine, and what has none", () => {
    const lists = { image: list("a", "b", "c"), text: null, lexical: list("d", "c") };
    expect(rank(lists, { image: 0.9, text: 0.9 }).map(({ id }) => id)).toEqual(["a", "b"]);
  });

  it("keeps what reaches the least cosine of either list, whatever the other list says", () => {
    const lists = { image: list("a", "b", "c"), text: list("c", "a", "b"), lexical: null };
    const kept = (image: number, text: number) => rank(lists, { image, text }).map(({ id }) => id);
    expect(kept(2, 0.9).sort()).toEqual(["a", "c"]);
    expect(kept(0.9, 2).sort()).toEqual(["a", "b"]);
    expect(kept(1, 1).sort()).toEqual(["a", "c"]);
    expect(kept(2, 2)).toEqual([]);
  });

  it("puts first what every list puts first, and follows one side when the other has no weight", () => {
    fc.assert(
      fc.property(idLists, idLists, idLists, weight, weight, (a, b, c, semantic, lexical) => {
        const lists = { image: list("top", ...a), text: list("top", ...b), lexical: list("top", ...c) };
        expect(rank(lists, null, { semantic, lexical })[0]?.id).toBe("top");
        const words = rank(lists, null, { semantic: 0, lexical: 1 }).filter(({ score }) => score > 0);
        expect(words.map(({ id }) => id)).toEqual(["top", ...c]);
      }),
    );
  });

  it("does not change when both weights are scaled alike", () => {
    fc.assert(
      fc.property(idLists, idLists, weight, weight, fc.integer({ min: -4, max: 4 }), (a, b, semantic, lexical, power) => {
        const lists = { image: list(...a), text: null, lexical: list(...b) };
        const scale = 2 ** power;
        const order = (weights: { semantic: number; lexical: number }) => rank(lists, null, weights).map(({ id }) => id);
        expect(order({ semantic: semantic * scale, lexical: lexical * scale })).toEqual(order({ semantic, lexical }));
      }),
    );
  });
});
