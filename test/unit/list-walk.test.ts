import { describe, expect, it } from "vitest";
import type { IndexPage, Match } from "../../src/domain/search.js";
import { ListWalk } from "../../src/search/list-walk.js";

/** So many matches, the first of cosine 1 and each of a ten-thousandth less than the one before. */
const matches = (count: number): Match[] => Array.from({ length: count }, (_, i) => ({ id: `p${i}`, score: 1 - i / 10_000, stored: null }));

/** The last five of a list above a least cosine, when the index answers with this page. */
function lastFive(minSimilarity: number, page: Pick<IndexPage, "matches" | "ended">) {
  const walk = new ListWalk(
    { filter: null, excludeIds: [], withTotal: true, withEmbeddings: false },
    { kind: "image", embedding: Float32Array.of(1) },
    minSimilarity,
    { size: 5, backwards: true, from: null },
  );
  expect(walk.queries()).toMatchObject([{ limit: 10_000, withTotal: false }]);
  return walk.take([{ ...page, total: null }]);
}

describe("the total of a list above a least cosine", () => {
  it("is a lower bound where more follow behind the deepest rank", () => {
    expect(lastFive(-1, { matches: matches(10_000), ended: false })).toMatchObject({
      hasNext: false,
      hasPrevious: true,
      total: { count: 10_000, relation: "LOWER_BOUND" },
    });
  });

  it("is exact where the list ends there", () => {
    expect(lastFive(-1, { matches: matches(10_000), ended: true })).toMatchObject({ total: { count: 10_000, relation: "EXACT" } });
  });

  it("is exact where something was cut off", () => {
    const page = lastFive(0.99985, { matches: matches(10_000), ended: false });
    expect(page?.steps.map(({ id }) => id)).toEqual(["p0", "p1"]);
    expect(page?.total).toEqual({ count: 2, relation: "EXACT" });
  });
});
