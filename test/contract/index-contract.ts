import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { cosine, type Embedding } from "../../src/domain/embedding.js";
import { type Match, rank } from "../../src/domain/fusion.js";
import type { Outcome, ProductIndex } from "../../src/domain/ports.js";
import type { StoredProduct } from "../../src/domain/product.js";
import { FUSION_DEPTH, type IndexPage, type IndexQuery, type ProductFilter } from "../../src/domain/search.js";
import { matchesFilter } from "../../src/indexes/matches-filter.js";
import { catalogue, MODEL, query, randomEmbedding, randomNumbers, stored } from "./catalogue.js";

const PRODUCTS = catalogue(500);
const PROBE = randomEmbedding(randomNumbers(99));
const OTHER = randomEmbedding(randomNumbers(98));

const FILTERS: Record<string, ProductFilter> = {
  nothing: {},
  ids: { ids: ["p3", "p9", "absent"] },
  categories: { categories: ["c1", "c4"] },
  brands: { brands: ["b2", "b3"] },
  "in stock": { inStock: true },
  "out of stock": { inStock: false },
  "a price range": { price: { min: 10.5, max: 20.5 } },
  "a least price in a currency": { price: { min: 40, currency: "EUR" } },
  "a currency": { price: { currency: "USD" } },
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
      const page = await one(index, query({ [kind]: PROBE, limit: 50, withTotal: true }));
      const truth = nearest(PROBE, kind, PRODUCTS);
      expect(ids(page)).toEqual(truth.slice(0, 50).map((each) => each.id));
      page.hits.forEach((hit, i) => {
        expect(hit.similarity).toBeCloseTo(truth[i]?.similarity as number, 5);
        expect(hit.score).toBe(hit.similarity);
        expect(hit.signals[`${kind}Rank`]).toBe(i + 1);
      });
      expect(page.hasMore).toBe(true);
      expect(page.total).toEqual({ count: truth.length, relation: "EXACT" });
    });

    it("fuses two lists by rank, whatever the page", async () => {
      const cut = (each: Match[]) => each.slice(0, FUSION_DEPTH);
      const truth = rank(cut(nearest(PROBE, "image", PRODUCTS)), cut(nearest(OTHER, "text", PRODUCTS)), null);
      const page = await one(index, query({ image: PROBE, text: OTHER, offset: 7, limit: 30, withTotal: true }));
      expect(ids(page)).toEqual(truth.slice(7, 37).map((each) => each.id));
      expect(page.hits[0]?.signals.imageRank).toBe(truth[7]?.signals.imageRank);
      expect(page.total).toEqual({ count: truth.length, relation: "CANDIDATES" });
      const few = await one(index, query({ image: PROBE, text: OTHER, filter: { ids: ["p1", "p2"] }, withTotal: true }));
      expect(few.total).toEqual({ count: 2, relation: "EXACT" });
    });

    it.each(Object.entries(FILTERS))("filters by %s", async (_, filter) => {
      const passing = PRODUCTS.filter((each) => matchesFilter(each.product, filter));
      expect(passing.length).toBeGreaterThan(0);
      expect(await index.count(filter)).toBe(passing.length);
      const truth = nearest(PROBE, "image", passing);
      const [found, listed] = await index.search([query({ image: PROBE, filter, withTotal: true }), query({ filter, limit: 500 })]);
      expect(ids(found)).toEqual(truth.slice(0, 10).map((each) => each.id));
      expect(ok(found).total?.count).toBe(truth.length);
      expect(ids(listed)).toEqual(passing.map((each) => each.product.id).sort());
    });

    it.each([["image"], ["fused"], ["listing"]] as const)("pages through a whole %s once", async (kind) => {
      const probes = { image: { image: PROBE }, fused: { image: PROBE, text: OTHER }, listing: {} }[kind];
      const whole = ids(await one(index, query({ ...probes, limit: 600 })));
      const paged: string[] = [];
      for (let offset = 0, more = true; more; offset += 37) {
        const page = await one(index, query({ ...probes, offset, limit: 37 }));
        paged.push(...ids(page));
        more = page.hasMore;
      }
      expect(paged).toEqual(whole);
      expect(new Set(paged).size).toBe(paged.length);
    });

    it("keeps to minSimilarity and says how far it counted", async () => {
      const above = nearest(PROBE, "image", PRODUCTS).filter((each) => each.similarity >= 0.2);
      const all = await one(index, query({ image: PROBE, minSimilarity: 0.2, limit: 500, withTotal: true }));
      expect(ids(all)).toEqual(above.map((each) => each.id));
      expect(all.total).toEqual({ count: above.length, relation: "EXACT" });
      const start = ok(await one(index, query({ image: PROBE, minSimilarity: 0.2, limit: 5, withTotal: true })));
      expect(start.hasMore).toBe(true);
      if (start.total?.relation === "LOWER_BOUND") expect(start.total.count).toBeLessThanOrEqual(above.length);
      else expect(start.total).toEqual({ count: above.length, relation: "EXACT" });
    });

    it("never returns excluded ids, nor counts them", async () => {
      const [best, second] = nearest(PROBE, "image", PRODUCTS).map((each) => each.id);
      const excludeIds = [best as string, "absent"];
      const page = await one(index, query({ image: PROBE, excludeIds, withTotal: true }));
      expect(page.hits[0]?.product.id).toBe(second);
      expect(page.total?.count).toBe(nearest(PROBE, "image", PRODUCTS).length - 1);
      for (const probes of [{}, { image: PROBE, text: OTHER }]) {
        expect(ids(await one(index, query({ ...probes, excludeIds, limit: 500 })))).not.toContain(best);
      }
    });

    it("lists by id with no similarity", async () => {
      const page = await one(index, query({ offset: 499, limit: 5, withTotal: true }));
      expect(ids(page)).toEqual(["p99"]);
      expect(page.hits[0]).toMatchObject({ similarity: null, signals: { image: null, textRank: null } });
      expect(page).toMatchObject({ hasMore: false, total: { count: 500, relation: "EXACT" } });
      expect(await one(index, query({ image: PROBE, offset: 800 }))).toEqual({ hits: [], hasMore: false, total: null });
    });

    it("gives products back whole, null for one it does not have", async () => {
      const [first, absent, second] = await index.get(["p5", "absent", "p6"]);
      expect([first, absent, second]).toEqual([PRODUCTS[5], null, PRODUCTS[6]]);
      const page = await one(index, query({ image: PROBE, limit: 3, withEmbeddings: true }));
      for (const { product, imageEmbedding, textEmbedding, fingerprint } of page.hits) {
        expect({ product, imageEmbedding, textEmbedding, fingerprint }).toEqual(PRODUCTS[Number(product.id.slice(1))]);
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
      expect(ids(await one(index, query({ image: PROBE })))).toEqual(["b"]);
      expect(await index.delete(["b", "c"])).toEqual([true, true]);
      expect(await index.upsert([])).toEqual([]);
      expect(await index.delete([])).toEqual([]);
    });

    it("pages over equal similarities once, by id", async () => {
      const same = Array.from({ length: 60 }, (_, i) => stored(`same${i}`, {}, { imageEmbedding: PROBE }));
      await index.upsert(same);
      const paged: string[] = [];
      for (let offset = 0; offset < 60; offset += 7) paged.push(...ids(await one(index, query({ image: PROBE, offset, limit: 7 }))));
      expect(paged).toEqual(same.map((each) => each.product.id).sort());
      await index.delete(paged);
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
      return embedding ? [{ id: product.id, similarity: cosine(probe, embedding) }] : [];
    })
    .sort((a, b) => b.similarity - a.similarity);
}

async function one(index: ProductIndex, each: IndexQuery): Promise<IndexPage> {
  return ok((await index.search([each]))[0]);
}

function ok(page: Outcome<IndexPage> | undefined): IndexPage {
  if (!page || page instanceof Error) throw page ?? new Error("no answer");
  return page;
}

function ids(page: Outcome<IndexPage> | undefined): string[] {
  return ok(page).hits.map((hit) => hit.product.id);
}
