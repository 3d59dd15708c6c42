import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { checkFilter } from "../../src/domain/check-filter.js";
import { cosine, type Embedding } from "../../src/domain/embedding.js";
import { countFacets, toBuckets } from "../../src/domain/facets.js";
import { FilteredProduct, matcherOf } from "../../src/domain/matches-filter.js";
import { compareListed, positionOf } from "../../src/domain/order.js";
import type { Outcome, ProductIndex } from "../../src/domain/ports.js";
import type { StoredProduct } from "../../src/domain/product.js";
import type {
  FacetCount,
  FacetRequest,
  IndexPage,
  IndexQuery,
  ListingPosition,
  ListOrder,
  Match,
  ProductFilter,
} from "../../src/domain/search.js";
import { queryWords } from "../../src/domain/words.js";
import { by, byId, catalogue, MODEL, query, randomEmbedding, randomNumbers, SHOP, stored } from "./catalogue.js";

const PRODUCTS = catalogue(500);
const PROBE = randomEmbedding(randomNumbers(99));
const OTHER = randomEmbedding(randomNumbers(98));

const FILTERS: Record<string, ProductFilter> = {
  nothing: {},
  ids: { ids: ["p3", "p9", "absent"] },
  categories: { categories: ["c1", "c4"] },
  "a category that others lie in": { categories: ["top"] },
  brands: { brands: ["b2", "b3"] },
  "in stock": { inStock: true },
  "out of stock": { inStock: false },
  "a price range": { price: { min: 10.5, max: 20.5 } },
  "a least price in a currency": { price: { min: 40, currency: "EUR" } },
  "a currency": { price: { currency: "USD" } },
  "a currency in small letters": { price: { currency: "usd" } },
  "a price of any amount or none": { price: {} },
  attributes: {
    attributes: [
      { name: "colour", in: ["red", "green"] },
      { name: "size", in: ["1"] },
    ],
  },
  "updated after": { updatedAfter: new Date(Date.UTC(2024, 0, 14, 0, 0, 0, 123)) },
  and: { and: [{ brands: ["b1"] }, { inStock: true }] },
  or: { or: [{ brands: ["b1"] }, { price: { max: 3 } }] },
  "not, where the field may be missing": { not: { brands: ["b1"] } },
  "not in a list": { not: { categories: ["c1"] } },
  "not a price": { not: { price: { min: 5 } } },
  "not in stock": { not: { inStock: true } },
  nested: {
    or: [{ and: [{ brands: ["b1", "b2"] }, { not: { inStock: false } }] }, { not: { or: [{ price: { max: 45 } }, { ids: ["p49"] }] } }],
  },
  "a few of many": { brands: ["b6"], categories: ["c2"], inStock: false },
  "as many alternatives as are allowed": { or: many((i) => ({ brands: [`b${i}`] })) },
  "as many conditions as are allowed": { and: many((i) => ({ price: { min: -i, max: 20 + i, currency: "EUR" } })) },
  "as many attributes as are allowed": { attributes: many((i) => ({ name: "colour", in: ["red", `${i}`] })) },
  "as many conditions as are allowed, in as many levels": deepest(),
};

function passingOf(filter: ProductFilter): StoredProduct[] {
  const passes = matcherOf(filter);
  return PRODUCTS.filter(({ product }) => passes(new FilteredProduct(product)));
}

/** As many as a whole filter may have conditions. */
function many<T>(make: (i: number) => T): T[] {
  return Array.from({ length: 300 }, (_, i) => make(i));
}

/** One of 25 letters, the last of the alphabet left out. */
function letter(i: number): string {
  return String.fromCharCode("a".charCodeAt(0) + (i % 25));
}

/** Eight levels, each in the last place of the one around it, which is where it lies deepest for a parser. */
function deepest(): ProductFilter {
  let filter: ProductFilter = { price: { min: 10, max: 20, currency: "EUR" } };
  for (const width of [110, 6, 6, 6, 6, 6, 6]) {
    const others = Array.from({ length: width }, (_, i) => i);
    filter = { and: others.map((i) => ({ updatedAfter: new Date(i) })), or: [...others.map((i) => ({ ids: [`p${i}`] })), filter] };
  }
  return filter;
}

const FACETS: Record<string, FacetRequest> = {
  categories: { field: "CATEGORY" },
  brands: { field: "BRAND" },
  stock: { field: "IN_STOCK" },
  "an attribute": { field: "ATTRIBUTE", attribute: "colour" },
  "an attribute that nothing has": { field: "ATTRIBUTE", attribute: "absent" },
  "prices by step": { field: "PRICE" },
  "given price ranges": { field: "PRICE", ranges: [{ max: 10.5 }, { min: 10.5, max: 20 }, { min: 100 }] },
  "more given price ranges than buckets of other facets": {
    field: "PRICE",
    ranges: Array.from({ length: 12 }, (_, i) => ({ min: 4 * i, max: 4 * i + 4 })),
  },
};

/** What every index has to do alike; `open` gives a new empty one that is ready for `MODEL`. */
export function indexContract(name: string, open: () => Promise<ProductIndex>): void {
  describe(`${name}: reading`, () => {
    let index: ProductIndex;
    beforeAll(async () => {
      index = await open();
      await index.upsert(PRODUCTS);
    });
    afterAll(() => index.close());

    it.each([["image"], ["text"]] as const)("orders a search by %s like brute force", async (kind) => {
      const page = await one(index, query({ order: by(kind, PROBE), limit: 50, withTotal: true }));
      const truth = nearest(PROBE, kind, PRODUCTS);
      expect(ids(page)).toEqual(truth.slice(0, 50).map((each) => each.id));
      page.matches.forEach((match, i) => {
        expect(match.score).toBeCloseTo(truth[i]?.score as number, 5);
        expect(match.stored).toBeNull();
      });
      expect(page).toMatchObject({ ended: false, total: { count: truth.length, relation: "EXACT" } });
      const whole = ok(await one(index, query({ order: by(kind, PROBE), limit: 600 })));
      expect(whole).toMatchObject({ ended: true, total: null });
      expect(whole.matches).toHaveLength(truth.length);
    });

    it.each([
      ["image", "textEmbedding"],
      ["text", "imageEmbedding"],
    ] as const)("tells of each match of a search by %s whether its product has no other embedding", async (kind, other) => {
      const lacking = PRODUCTS.filter((each) => !each[other]).map(({ product }) => product.id);
      for (const filter of [null, { price: { currency: "EUR" } }]) {
        const { matches } = ok(await one(index, query({ order: by(kind, PROBE), limit: 600, filter })));
        const told = matches.filter(({ lacksOther }) => lacksOther).map(({ id }) => id);
        const expected = matches.map(({ id }) => id).filter((id) => lacking.includes(id));
        expect(expected.length).toBeGreaterThan(5);
        expect(told).toEqual(expected);
      }
    });

    it.each(Object.entries(FILTERS))("filters by %s", async (_, filter) => {
      checkFilter(filter);
      const passing = passingOf(filter);
      expect(passing.length).toBeGreaterThan(0);
      expect(await index.count(filter)).toBe(passing.length);
      const truth = nearest(PROBE, "image", passing);
      const [found, listed] = await index.search([
        query({ order: by("image", PROBE), filter, withTotal: true }),
        query({ filter, limit: 500, withTotal: true }),
      ]);
      expect(ids(found)).toEqual(truth.slice(0, 10).map((each) => each.id));
      expect(ok(found).total?.count).toBe(truth.length);
      expect(ids(listed)).toEqual(passing.map((each) => each.product.id).sort());
      expect(ok(listed).total).toEqual({ count: passing.length, relation: "EXACT" });
    });

    it("gives a shorter list that a longer one begins with", async () => {
      for (const order of [by("image", PROBE), byId]) {
        const whole = ids(await one(index, query({ order, limit: 600 })));
        for (const limit of [1, 37, 250]) expect(ids(await one(index, query({ order, limit })))).toEqual(whole.slice(0, limit));
      }
    });

    it.each((["ID", "PRICE", "TITLE", "UPDATED_AT"] as const).flatMap((key) => [true, false].map((reverse) => [key, reverse] as const)))(
      "lists by %s (reverse: %s), and goes on from any place, either way",
      async (key, reverse) => {
        const filter = { brands: ["b1", "b2"] };
        const truth = passingOf(filter).map(({ product }) => positionOf(product, key));
        truth.sort((a, b) => compareListed(a, b, reverse));
        const inOrder = truth.map(({ id }) => id);
        const list = async (backwards: boolean, after: ListingPosition | null) =>
          ids(await one(index, query({ order: { kind: "listing", by: key, reverse, backwards, after }, filter, limit: 200 })));
        expect(await list(false, null)).toEqual(inOrder);
        expect(await list(true, null)).toEqual([...inOrder].reverse());
        for (const at of [0, 1, Math.floor(truth.length / 2), truth.length - 1]) {
          expect(await list(false, truth[at] as ListingPosition)).toEqual(inOrder.slice(at + 1));
          expect(await list(true, truth[at] as ListingPosition)).toEqual(inOrder.slice(0, at).reverse());
        }
      },
    );

    it("never returns excluded ids, nor counts them", async () => {
      const [best, second] = nearest(PROBE, "image", PRODUCTS).map((each) => each.id);
      const excludeIds = [best as string, "absent"];
      const page = await one(index, query({ order: by("image", PROBE), excludeIds, withTotal: true }));
      expect(ids(page)[0]).toBe(second);
      expect(page.total?.count).toBe(nearest(PROBE, "image", PRODUCTS).length - 1);
      expect(ids(await one(index, query({ excludeIds, limit: 500 })))).not.toContain(best);
    });

    it("counts alone with a limit of 0", async () => {
      const page = await one(index, query({ limit: 0, withTotal: true, filter: { brands: ["b1"] } }));
      const count = PRODUCTS.filter(({ product }) => product.brand === "b1").length;
      expect(page).toMatchObject({ matches: [], total: { count, relation: "EXACT" } });
    });

    it.each(Object.entries(FACETS))("counts %s over all that passes a filter", async (_, facet) => {
      for (const filter of [null, { brands: ["b1", "b3"] }, { inStock: true, categories: ["c1"] }]) {
        const passing = passingOf(filter ?? {}).map(({ product }) => product);
        const page = await one(index, query({ filter, limit: 3, withTotal: true, facets: [facet, { field: "BRAND" }] }));
        const truth = countFacets([facet, { field: "BRAND" }], passing);
        expect(page.facets?.map(sorted)).toEqual(truth.map(sorted));
        expect(page.total?.count).toBe(passing.length);
        expect(page.matches).toHaveLength(3);
      }
    });

    it("gives products back whole, null for one it does not have", async () => {
      const [first, absent, second] = await index.get(["p5", "absent", "p6"]);
      expect([first, absent, second]).toEqual([PRODUCTS[5], null, PRODUCTS[6]]);
      const [bare] = await index.get(["p5"], false);
      expect(bare).toMatchObject({ product: PRODUCTS[5]?.product, fingerprint: PRODUCTS[5]?.fingerprint });
      for (const order of [by("image", PROBE), byId]) {
        const page = await one(index, query({ order, limit: 3, withProducts: true, withEmbeddings: true }));
        expect(page.matches).toHaveLength(3);
        for (const { id, stored } of page.matches) expect(stored).toEqual(PRODUCTS[Number(id.slice(1))]);
      }
      expect(await index.search([])).toEqual([]);
      expect(await index.get([])).toEqual([]);
    });

    it("refuses another model or dimension", async () => {
      await expect(index.ensureReady({ ...MODEL, modelId: "other" })).rejects.toMatchObject({ code: "MODEL_MISMATCH" });
      await expect(index.ensureReady({ ...MODEL, dimension: 8 })).rejects.toMatchObject({ code: "MODEL_MISMATCH" });
      await index.ensureReady(MODEL);
    });
  });

  describe(`${name}: words`, () => {
    let index: ProductIndex;
    beforeAll(async () => {
      index = await open();
      await index.upsert(SHOP);
    });
    afterAll(() => index.close());

    const look = async (words: string, over: Partial<IndexQuery> = {}) =>
      ids(await one(index, query({ order: { kind: "lexical", words: queryWords(words) }, ...over })));

    it.each([
      ["a word of a title", "polaroid", ["camera"]],
      ["a word inflected otherwise", "shoe", ["shoe"]],
      ["a word without its accent", "CAFE", ["cafe"]],
      ["a brand", "nike", ["shoe"]],
      ["a category", "electronics", ["camera"]],
      ["an attribute's value", "crimson", ["shoe"]],
      ["a description", "picnics", ["bag"]],
      ["a misspelt word", "polaroyd", ["camera"]],
      ["a misspelt word among others", "runing shos", ["shoe"]],
      ["a misspelt word with an ending", "eletronics", ["camera"]],
      ["nothing", "zeppelin", []],
      ["nothing to look for", "...", []],
      [
        "nothing of a word as long as a text may be",
        Array.from({ length: 2_000 }, (_, i) => String.fromCodePoint(0x4e00 + i)).join(""),
        [],
      ],
    ])("finds %s", async (_, words, expected) => {
      expect(await look(words)).toEqual(expected);
    });

    it("puts what holds more of the words first, in the title before the text", async () => {
      const found = await look("camera tripod");
      expect(found[0]).toBe("tripod");
      expect(new Set(found)).toEqual(new Set(["tripod", "camera", "bag", "cafe"]));
      expect((await look("tripod"))[0]).toBe("tripod");
    });

    it("puts a phrase before its words apart", async () => {
      expect(await look("red shirts")).toEqual(["red-shirt", "shirt-red"]);
      expect(await look("the shirts and the red", { limit: 1 })).toHaveLength(1);
    });

    it("keeps to the filter and counts exactly", async () => {
      const order: ListOrder = { kind: "lexical", words: ["camera"] };
      const page = await one(index, query({ order, filter: { categories: ["Electronics"] }, withTotal: true, withProducts: true }));
      expect(ids(page)).toEqual(["camera"]);
      expect(page.matches[0]?.stored?.product.title).toBe("Instant Camera");
      expect(page).toMatchObject({ ended: true, total: { count: 1, relation: "EXACT" } });
      const all = await one(index, query({ order, limit: 1, excludeIds: ["bag"], withTotal: true }));
      expect(all).toMatchObject({ ended: false, total: { count: 2, relation: "EXACT" } });
      expect(all.matches[0]?.score).toBeGreaterThan(0);
    });

    it("counts facets over all that holds the words, whatever the limit", async () => {
      const order: ListOrder = { kind: "lexical", words: ["camera"] };
      const facets: FacetRequest[] = [{ field: "CATEGORY" }, { field: "BRAND" }];
      for (const limit of [0, 1, 50]) {
        const page = await one(index, query({ order, limit, facets, withTotal: true }));
        expect(page.facets?.[0]?.map(({ value, count }) => [value, count]).sort()).toEqual([
          ["Bags", 1],
          ["Electronics", 1],
          ["Electronics/Photo", 1],
        ]);
        expect(page.facets?.[1]).toHaveLength(2);
        expect(page.total).toEqual({ count: 3, relation: "EXACT" });
      }
      const none = await one(index, query({ order: { kind: "lexical", words: ["zeppelin"] }, facets }));
      expect(none.facets).toEqual([[], []]);
    });

    it("finds what is like as many misspelt words as are looked for, however many words are like them", async () => {
      const misspelt = Array.from({ length: 32 }, (_, i) => `${letter(i)}${letter(i + 1)}${letter(i + 2)}zzzzzz`);
      const titleOf = (n: number) => misspelt.map((word) => `${word.slice(0, -2)}${letter(n)}${letter(3 * n)}`).join(" ");
      const items = Array.from({ length: 60 }, (_, n) => stored(`like${n}`, { title: titleOf(n) }));
      await index.upsert(items);
      const filter = { not: { or: many((i) => ({ price: { min: i } })) } };
      for (const over of [{}, { filter }]) expect(await look(misspelt.join(" "), over)).toHaveLength(10);
      await index.delete(items.map(({ product }) => product.id));
    });

    it("takes a word that a product has for itself, however near another is", async () => {
      await index.upsert([stored("boat", { title: "Boat" }), stored("boot", { title: "Boot" })]);
      expect(await look("boat")).toEqual(["boat"]);
      await index.delete(["boat"]);
      expect(await look("boat")).toEqual(["boot"]);
      await index.delete(["boot"]);
    });

    it.each([
      ["jersy", "Jersey"],
      ["hocky", "Hockey"],
      ["greay", "Grey"],
      ["cany", "Candy"],
    ])("finds what %s was meant for, whatever a stemmer makes of the y", async (misspelt, title) => {
      await index.upsert([stored("meant", { title })]);
      expect(await look(misspelt)).toEqual(["meant"]);
      await index.delete(["meant"]);
    });

    it("follows changes, typos and phrases included", async () => {
      await index.upsert([stored("new", { title: "Telescope mirror" }), stored("camera", { title: "Old radio" })]);
      expect(await look("telescop mirrors")).toEqual(["new"]);
      expect(await look("telescpe")).toEqual(["new"]);
      expect(await look("polaroid")).toEqual([]);
      await index.delete(["new"]);
      expect(await look("telescope")).toEqual([]);
    });
  });

  describe(`${name}: writing`, () => {
    let index: ProductIndex;
    beforeAll(async () => {
      index = await open();
    });
    afterAll(() => index.close());

    it("creates, updates and deletes, with an outcome each", async () => {
      const short = stored("short", {}, { imageEmbedding: PROBE.slice(0, 3) });
      const outcomes = await index.upsert([stored("a"), short, stored("b", {}, { imageEmbedding: PROBE })]);
      expect(outcomes).toEqual(["created", expect.objectContaining({ code: "BAD_USER_INPUT" }), "created"]);
      expect(await index.upsert([stored("c"), stored("a", { title: "New" }, { imageEmbedding: OTHER })])).toEqual(["created", "updated"]);
      expect(await index.count()).toBe(3);
      expect((await index.get(["a"]))[0]).toMatchObject({ product: { title: "New" }, imageEmbedding: OTHER });
      expect(await index.delete(["a", "absent"])).toEqual([true, false]);
      expect(await index.get(["a"])).toEqual([null]);
      expect(ids(await one(index, query({ order: by("image", PROBE) })))).toEqual(["b"]);
      expect(await index.delete(["b", "c"])).toEqual([true, true]);
      expect(await index.upsert([])).toEqual([]);
      expect(await index.delete([])).toEqual([]);
    });

    it("has no product of an empty id, and answers for the others", async () => {
      await index.upsert([stored("beside")]);
      expect(await index.get(["", "beside"])).toEqual([null, stored("beside")]);
      expect(await index.delete(["", "beside"])).toEqual([false, true]);
    });

    it("counts facets over all of a listing, wherever it goes on", async () => {
      const batches = ["a", "b", "c"].map((letter) => [1, 2].map((i) => `${letter}${i}`));
      for (const batch of batches) {
        await index.upsert(batch.map((id) => stored(id, { brand: "one" })));
        // An index that keeps each batch by itself has it apart from the others once it was read.
        await index.count();
      }
      const order: ListOrder = { kind: "listing", by: "ID", reverse: false, backwards: false, after: { key: "b2", id: "b2" } };
      const page = await one(index, query({ order, facets: [{ field: "BRAND" }] }));
      expect(ids(page)).toEqual(["c1", "c2"]);
      expect(page.facets).toEqual([[{ value: "one", count: 6, min: null, max: null }]]);
      await index.delete(batches.flat());
    });

    it("goes on behind a title however long folding makes it", async () => {
      const items = [700, 500, 600].map((letters, i) => stored(`long${i}`, { title: "\ufdfa".repeat(letters) }));
      await index.upsert([...items, stored("none", { title: "" }), stored("short", { title: "a" })]);
      const seen: string[] = [];
      for (let after: ListingPosition | null = null; seen.length < 9; ) {
        const order: ListOrder = { kind: "listing", by: "TITLE", reverse: false, backwards: false, after };
        const [match] = ok(await one(index, query({ order, limit: 1, withProducts: true }))).matches;
        if (!match?.stored) break;
        seen.push(match.id);
        after = positionOf(match.stored.product, "TITLE");
      }
      expect([...seen].sort()).toEqual(["long0", "long1", "long2", "none", "short"]);
      expect([seen[0], seen.at(-1)]).toEqual(["short", "none"]);
      await index.delete(seen);
    });

    it("gives the first of an attribute's equally frequent values, in the order of UTF-8, whatever its name", async () => {
      const values = ["red", "red dark", "red!", 'red"', "red\\", "re", "réd", "red\u0000", "", "\n", "😀", "\uffff"];
      const names = ["colour", 'a "quoted" [name].*', "n".repeat(3_000)];
      const items = values.map((value, i) => stored(`v${i}`, { attributes: names.map((name) => ({ name, value })) }));
      await index.upsert(items);
      const facets = names.flatMap((attribute) => [1, 4, 6, 9].map((first): FacetRequest => ({ field: "ATTRIBUTE", attribute, first })));
      const truth = countFacets(
        facets,
        items.map(({ product }) => product),
      );
      const page = await one(index, query({ facets }));
      for (const [i, facet] of facets.entries()) expect(toBuckets(facet, page.facets?.[i] ?? [])).toEqual(toBuckets(facet, truth[i] ?? []));
      await index.delete(items.map(({ product }) => product.id));
    });

    it("orders equal similarities by id, wherever the list is cut", async () => {
      const same = Array.from({ length: 60 }, (_, i) => stored(`same${i}`, {}, { imageEmbedding: PROBE }));
      await index.upsert(same);
      const inOrder = same.map((each) => each.product.id).sort();
      for (const limit of [1, 7, 35, 60]) {
        expect(ids(await one(index, query({ order: by("image", PROBE), limit })))).toEqual(inOrder.slice(0, limit));
      }
      await index.delete(inOrder);
    });

    it("takes concurrent writes and searches", async () => {
      const writes = Array.from({ length: 8 }, (_, i) => index.upsert([stored("shared"), stored(`own${i}`)]));
      const outcomes = (await Promise.all([...writes, one(index, query())])).slice(0, 8) as string[][];
      expect(outcomes.filter(([shared]) => shared === "created")).toHaveLength(1);
      expect(await index.count()).toBe(9);
      await index.delete(["shared", ...Array.from({ length: 8 }, (_, i) => `own${i}`)]);
    });

    it("takes any string for what it is", async () => {
      const hostile = [
        "it's",
        "'' OR true --",
        "') OR ('1'='1",
        "back\\slash\\'",
        'dou"ble',
        "a=b",
        "a%3Db",
        "ünï 😀",
        "line\nbreak",
        "semi;colon",
        "`tick`",
        "%_",
        "\u0000nul",
      ];
      const items = hostile.map((each) =>
        stored(each, { title: each, brand: each, categories: [each], attributes: [{ name: each, value: each }] }),
      );
      await index.upsert(items);
      expect(await index.get(hostile)).toEqual(items);
      for (const each of hostile) {
        const filters: ProductFilter[] = [
          { ids: [each] },
          { brands: [each] },
          { categories: [each] },
          { attributes: [{ name: each, in: [each] }] },
        ];
        const order: ListOrder = { kind: "listing", by: "TITLE", reverse: false, backwards: false, after: { key: each, id: each } };
        await one(index, query({ order }));
        await one(index, query({ order: { kind: "lexical", words: [each] } }));
        for (const filter of filters) expect(ids(await one(index, query({ filter })))).toEqual([each]);
        expect(await index.count({ not: { brands: [each] } })).toBe(hostile.length - 1);
        expect(ids(await one(index, query({ excludeIds: [each], limit: 50 })))).toHaveLength(hostile.length - 1);
      }
      expect(await index.count({ attributes: [{ name: "a", in: ["b=a=b"] }] })).toBe(0);
      expect(await index.count({ price: { currency: "' OR true" } })).toBe(0);
      expect(await index.delete(hostile)).toEqual(hostile.map(() => true));
      expect(await index.count()).toBe(0);
    });
  });
}

function nearest(probe: Embedding, kind: "image" | "text", products: readonly StoredProduct[]): Match[] {
  return products
    .flatMap(({ product, ...each }) => {
      const embedding = each[`${kind}Embedding`];
      return embedding ? [{ id: product.id, score: cosine(probe, embedding), stored: null }] : [];
    })
    .sort((a, b) => b.score - a.score);
}

async function one(index: ProductIndex, each: IndexQuery): Promise<IndexPage> {
  return ok((await index.search([each]))[0]);
}

function ok(page: Outcome<IndexPage> | undefined): IndexPage {
  if (!page || page instanceof Error) throw page ?? new Error("no answer");
  return page;
}

function sorted(counts: readonly FacetCount[]): FacetCount[] {
  return [...counts].sort((a, b) => (a.value < b.value ? -1 : 1));
}

function ids(page: Outcome<IndexPage> | undefined): string[] {
  return ok(page).matches.map((match) => match.id);
}
