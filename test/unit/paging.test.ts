import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { normalize } from "../../src/domain/embedding.js";
import type { SearchRequest } from "../../src/search/search-request.js";
import { history, SEARCHES, WORDS, walkThrough } from "../support/paging-histories.js";
import { idsOf, openShop, type Shop, shopProduct, walk } from "../support/shop.js";
import { embeddingOf } from "../support/word-encoder.js";

describe("paging while products are added and removed", () => {
  it.each(Object.entries(SEARCHES))("gives each product of a %s search exactly once", async (name, request) => {
    await fc.assert(
      fc.asyncProperty(history, async (each) => {
        const { given, throughout } = await walkThrough(request, each);
        expect(new Set(given).size).toBe(given.length);
        expect(throughout.filter((id) => !given.includes(id))).toEqual([]);
        // A cosine or a key is the product's own, so that those that stay keep their order; fused ranks may shift.
        if (["listing", "one list", "sorted listing"].includes(name))
          expect(given.filter((id) => throughout.includes(id))).toEqual(throughout);
      }),
      { numRuns: 250 },
    );
  });
});

describe("pages", () => {
  const products = Array.from({ length: 23 }, (_, i) =>
    shopProduct(`p${i}`, { title: `${WORDS[i % 6]} ${WORDS[(i * 5) % 4]} ${i % 3 ? "red" : "blue"}` }),
  );
  const open = () => openShop(products);
  let shop: Shop;

  it.each(Object.entries(SEARCHES))("of a %s search are the whole list, forwards and backwards", async (_, request) => {
    shop = await open();
    const whole = await shop.page({ ...request, first: 100 });
    expect(whole).toMatchObject({ hasNextPage: false, hasPreviousPage: false });
    expect((await walk(shop, { ...request, first: 4 })).flat()).toEqual(idsOf(whole));
    const backwards = await walk(shop, { ...request, last: 4 });
    expect(backwards.reverse().flat()).toEqual(idsOf(whole));
  });

  it.each(Object.entries(SEARCHES))("of a %s search say what lies on either side", async (_, request) => {
    shop = await open();
    const first = await shop.page({ ...request, first: 3 });
    expect(first).toMatchObject({ hasNextPage: true, hasPreviousPage: false });
    const second = await shop.page({ ...request, first: 3, after: first.hits.at(-1)?.cursor() });
    expect(second).toMatchObject({ hasNextPage: true, hasPreviousPage: true });
    const back = await shop.page({ ...request, last: 3, before: second.hits[0]?.cursor() });
    expect(back).toMatchObject({ hasNextPage: true, hasPreviousPage: false });
    expect(idsOf(back)).toEqual(idsOf(first));
    expect(back.total).toEqual(first.total);
    const middle = await shop.page({ ...request, first: 3, after: first.hits[0]?.cursor() });
    expect(idsOf(middle)).toEqual([...idsOf(first).slice(1), ...idsOf(second).slice(0, 1)]);
  });

  it.each([1e-7, -1e-7])(
    "of one list go on where each encodes the query a little differently, as another gateway may: %d",
    async (step) => {
      shop = await openShop(["a", "b", "c", "d", "e", "f"].map((id) => shopProduct(id, { title: id < "e" ? "red shoe" : "red boot" })));
      const [red, shoe] = [embeddingOf("red"), embeddingOf("shoe")];
      let encoded = 0;
      shop.encoder.encodeImages = async () => {
        encoded++;
        return [normalize(red.map((each, i) => each + encoded * step * (shoe[i] as number)))];
      };
      const ids = await shop.ids({ image: Buffer.from("red") });
      const forwards = await walk(shop, { image: Buffer.from("red"), first: 1 });
      expect(forwards.flat()).toEqual(ids);
      expect((await walk(shop, { image: Buffer.from("red"), last: 1 })).reverse()).toEqual(forwards);
      expect(encoded).toBe(1 + 2 * ids.length);
    },
  );

  it("go on with the same search only", async () => {
    shop = await open();
    const cursor = (await shop.page({ text: "red", first: 3 })).hits[2]?.cursor();
    const others: Partial<SearchRequest>[] = [
      { text: "green" },
      { text: "red", filter: { brands: ["x"] } },
      { text: "red", mode: "LEXICAL" },
      { text: "red", minSimilarity: 0 },
      { similarTo: "p1" },
      {},
    ];
    for (const other of others) await expect(shop.page({ ...other, after: cursor })).rejects.toMatchObject({ code: "BAD_CURSOR" });
    expect(idsOf(await shop.page({ text: "red", first: 7, after: cursor }))).toHaveLength(7);
    expect(idsOf(await shop.page({ text: "red", mode: "AUTO", first: 7, after: cursor }))).toHaveLength(7);
    expect(idsOf(await shop.page({ text: "red", first: 7, after: cursor, withTotal: false, withEmbeddings: true }))).toHaveLength(7);
    const least = (await shop.page({ text: "red", minSimilarity: -1, first: 3 })).hits[2]?.cursor();
    expect(idsOf(await shop.page({ minSimilarity: -1, text: "red", first: 7, after: least }))).toHaveLength(7);
    const after = (await shop.page({ image: Buffer.from("red"), first: 3 })).hits[2]?.cursor();
    expect(idsOf(await shop.page({ image: Buffer.from("red"), after }))).toHaveLength(20);
    await expect(shop.page({ image: Buffer.from("green"), after })).rejects.toMatchObject({ code: "BAD_CURSOR" });
    Object.assign(shop.encoder, { modelId: "words@2" });
    await expect(shop.page({ image: Buffer.from("red"), after })).rejects.toMatchObject({ code: "BAD_CURSOR" });
  });

  it.each([
    ["both ways at once", { first: 3, before: "x" }],
    ["neither a first nor a last", { first: null }],
    ["a first and a last", { first: 3, last: 3 }],
    ["backwards with after", { last: 3, after: "x" }],
    ["a last of 0", { last: 0 }],
    ["a first of 101", { first: 101 }],
  ])("refuse %s", async (_, request) => {
    shop = await open();
    await expect(shop.page(request)).rejects.toMatchObject({ code: "BAD_USER_INPUT" });
  });
});
