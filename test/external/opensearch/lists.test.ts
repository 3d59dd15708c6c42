import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { positionOf } from "../../../src/domain/order.js";
import type { FacetRequest, IndexPage, IndexQuery, ListingKey } from "../../../src/domain/search.js";
import { queryWords } from "../../../src/domain/words.js";
import { MemoryIndex } from "../../../src/indexes/memory/memory-index.js";
import type { OpenSearchIndex } from "../../../src/indexes/opensearch/opensearch-index.js";
import { query, stored } from "../../contract/catalogue.js";
import { openTestIndex, testOptions } from "./open-test-index.js";

const COLOURS = ["red", "green", "blue", "grey", "black"];
const THINGS = ["shoe", "boot", "sofa", "lamp", "tent", "mug", "chair"];
const NAME = 'a "quoted" [name].*';
/** Longer than the server lets the id of a document be. */
const LONG_ID = "long".repeat(200);

/** Products that lack titles and prices here and there. */
const PRODUCTS = Array.from({ length: 210 }, (_, i) =>
  stored(i === 100 ? LONG_ID : `p${i}`, {
    title: i % 8 === 0 ? "" : `${COLOURS[i % 5]} ${THINGS[i % 7]}`,
    price: i % 9 === 0 ? null : { amount: [-3, 0, 0.01, 19.99, 20, 1e9, 5e10][i % 7] as number, currency: "EUR" },
    categories: [`shop/${THINGS[i % 7]}`, "shop"],
    inStock: i % 3 === 0 ? null : i % 3 === 1,
    attributes: [
      { name: NAME, value: `v"${i % 4}\n` },
      { name: `${NAME}x`, value: "other" },
    ],
  }),
);
const FACETS: FacetRequest[] = [
  { field: "CATEGORY" },
  { field: "PRICE" },
  { field: "PRICE", ranges: [{}, { max: 0 }, { min: 19.99, max: 20 }] },
  { field: "IN_STOCK" },
  { field: "ATTRIBUTE", attribute: NAME },
];

describe.each(["3.5.0", "2.19.1"] as const)("lists of an index with three shards on OpenSearch %s", (version) => {
  let index: OpenSearchIndex;
  const truth = new MemoryIndex();
  beforeAll(async () => {
    index = await openTestIndex(testOptions(inject("servers")[version], { shards: 3 }));
    await Promise.all([index.upsert(PRODUCTS), truth.upsert(PRODUCTS)]);
  });
  afterAll(() => index.close());

  const both = async (over: Partial<IndexQuery>): Promise<[IndexPage, IndexPage]> => {
    const asked = [query({ limit: 500, ...over })];
    const pages = (await Promise.all([index.search(asked), truth.search(asked)])).flat();
    for (const page of pages) if (page instanceof Error) throw page;
    return pages as [IndexPage, IndexPage];
  };

  it.each((["ID", "PRICE", "TITLE", "UPDATED_AT"] as ListingKey[]).flatMap((by) => [true, false].map((reverse) => [by, reverse] as const)))(
    "go on behind products with and without the key: %s, reverse: %s",
    async (by, reverse) => {
      for (const backwards of [true, false]) {
        for (const at of [null, 0, 8, 9, 50, 72, 100]) {
          const after = at === null ? null : positionOf(PRODUCTS[at]?.product as never, by);
          const [found, expected] = await both({ order: { kind: "listing", by, reverse, backwards, after }, withTotal: true });
          expect(idsOf(found)).toEqual(idsOf(expected));
          expect(found).toMatchObject({ ended: true, total: expected.total });
        }
      }
    },
  );

  it.each(["red lamps", "gren", "red gren sofas", "zeppelin"])("hold the same products for %s, and count them alike", async (text) => {
    const order = { kind: "lexical", words: queryWords(text) } as const;
    const [found, expected] = await both({ order, withTotal: true, facets: FACETS });
    expect(idsOf(found).sort()).toEqual(idsOf(expected).sort());
    expect(found.total).toEqual(expected.total);
    expect(found.facets?.map(inOrder)).toEqual(expected.facets?.map(inOrder));
  });

  it("give no more buckets than are asked for, those with the most products", async () => {
    const [found] = await both({ limit: 0, facets: [{ field: "CATEGORY", first: 1 }] });
    expect(found.facets).toEqual([[{ value: "shop", count: 210, min: null, max: null }]]);
  });
});

function idsOf({ matches }: IndexPage): string[] {
  return matches.map(({ id }) => id);
}

function inOrder(counts: readonly { readonly value: string }[]): unknown[] {
  return [...counts].sort((a, b) => (a.value < b.value ? -1 : 1));
}
