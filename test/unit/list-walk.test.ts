import { describe, expect, it } from "vitest";
import type { IndexPage, Match } from "../../src/domain/search.js";
import { ListWalk } from "../../src/search/list-walk.js";
import type { WalkPage, Window } from "../../src/search/walk.js";

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
      hasNextPage: false,
      hasPreviousPage: true,
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

it("products come with a page that is all that is read, and not with a deeper list", () => {
  const base = { filter: null, excludeIds: [], withTotal: false, withEmbeddings: false };
  const order = { kind: "image" as const, embedding: Float32Array.of(1) };
  const asks = (from: Window["from"]) => new ListWalk(base, order, null, { size: 20, backwards: false, from }).queries();
  expect(asks(null)).toMatchObject([{ limit: 21, withProducts: true }]);
  expect(asks({ kind: "list", score: 0.5, id: "a", rank: 100 })).toMatchObject([{ limit: 131, withProducts: false }]);
});

describe("the end of a list that is read page by page", () => {
  const BASE = { filter: null, excludeIds: [], withTotal: false, withEmbeddings: false };
  const all = matches(20_000);

  /** The ids of all pages, as an index answers that has so many products, and what is thrown in the end. */
  function read(count: number): { ids: string[]; failure: Error | null } {
    const ids: string[] = [];
    let from: Window["from"] = null;
    for (;;) {
      try {
        const walk: ListWalk = new ListWalk(BASE, { kind: "image", embedding: Float32Array.of(1) }, null, {
          size: 100,
          backwards: false,
          from,
        });
        const [{ limit } = { limit: 0 }] = walk.queries();
        expect(limit).toBeLessThanOrEqual(10_000);
        const page: WalkPage | null = walk.take([{ matches: all.slice(0, Math.min(limit, count)), ended: count <= limit, total: null }]);
        ids.push(...(page?.steps.map(({ id }) => id) ?? []));
        from = page?.steps.at(-1)?.position() ?? null;
        if (!page?.hasNextPage) return { ids, failure: null };
      } catch (error) {
        return { ids, failure: error as Error };
      }
    }
  }

  it.each([9_850, 9_950, 10_000])("is reached where it is not below the deepest rank: %i products", (count) => {
    const { ids, failure } = read(count);
    expect(failure).toBeNull();
    expect(ids).toEqual(all.slice(0, count).map(({ id }) => id));
  });

  it("is refused beyond the deepest rank, once all above it are given", () => {
    const { ids, failure } = read(15_000);
    expect(ids).toEqual(all.slice(0, 10_000).map(({ id }) => id));
    expect(failure).toMatchObject({
      code: "BAD_USER_INPUT",
      message: "Paging ends at rank 10000: narrow the search with a filter instead.",
      options: { field: ["after"] },
    });
  });
});
