import { expect, it } from "vitest";
import { ListingWalk } from "../../src/search/listing-walk.js";
import { byId, stored } from "../contract/catalogue.js";

it("asks again where all that a page found was deleted before it was read", () => {
  const base = { filter: null, excludeIds: [], withTotal: false, withEmbeddings: false };
  const walk = new ListingWalk(base, byId, { size: 1, backwards: false, from: null });
  expect(walk.take([{ matches: [], ended: false, total: null, facets: [] }])).toBeNull();
  const page = { matches: [{ id: "b", score: 0, stored: stored("b") }], ended: true, total: null, facets: [] };
  expect(walk.take([page])?.steps).toMatchObject([{ id: "b" }]);
  expect(walk.take([{ ...page, matches: [] }])).toMatchObject({ steps: [], hasNextPage: false });
});
