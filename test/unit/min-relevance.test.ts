import { beforeAll, describe, expect, it } from "vitest";
import { relevanceAt } from "../../src/domain/relevance.js";
import { MemoryIndex } from "../../src/indexes/memory/memory-index.js";
import type { SearchRequest } from "../../src/search/search-request.js";
import { idsOf, openShop, type Shop, shopProduct, walk } from "../support/shop.js";
import { ENCODER_DOWN } from "../support/word-encoder.js";

const CALIBRATION = {
  wordToImage: { slope: 6, intercept: -2 },
  imageToImage: { slope: 8, intercept: -4 },
  wordToText: { slope: 10, intercept: -5 },
};
const WORDS = ["snow", "mountain", "boots", "coffee", "meadow", "winter"];
const PRODUCTS = WORDS.flatMap((one, i) =>
  WORDS.map((other, k) => shopProduct(`p${i}${k}`, { title: `${one} thing` }, i === k ? one : `${one} ${other}`)),
);
const QUERIES: Record<string, Partial<SearchRequest>> = {
  "words by embeddings": { text: "snow", mode: "SEMANTIC" },
  "words by both": { text: "winter mountain", mode: "HYBRID" },
  "a picture": { image: Buffer.from("snow meadow") },
  "a mix": { mix: [{ text: "coffee" }, { image: Buffer.from("snow"), weight: 0.5 }] },
  "a product's likes": { similarTo: "p01" },
};

let shop: Shop;
beforeAll(async () => {
  shop = await openShop(PRODUCTS, new MemoryIndex(), { calibration: CALIBRATION });
});

describe("relevance and cut-offs", () => {
  it.each(Object.entries(QUERIES))(
    "keep for %s exactly the hits that reach minRelevance, on every page and in the count",
    async (_, query) => {
      const all = await shop.page({ ...query, first: 100 });
      const relevances = all.hits.map(({ relevance }) => relevance ?? 0);
      const minRelevance = [...relevances].sort((a, b) => b - a)[7] as number;
      const expected = idsOf(all).filter((_, i) => (relevances[i] as number) >= minRelevance);
      const cut = await shop.page({ ...query, minRelevance, first: 100 });
      expect(expected.length).toBeGreaterThanOrEqual(8);
      expect(expected.length).toBeLessThan(relevances.length);
      expect(idsOf(cut)).toEqual(expected);
      expect(cut).toMatchObject({ total: { count: expected.length, relation: "EXACT" }, hasNextPage: false });
      expect((await walk(shop, { ...query, minRelevance, first: 3 })).flat()).toEqual(expected);
      expect((await walk(shop, { ...query, minRelevance, last: 3 })).reverse().flat()).toEqual(expected);
      expect(idsOf(await shop.page({ ...query, minRelevance: 1 }))).toEqual([]);
    },
  );

  it("take each signal by its own curve, and cut by minSimilarity too", async () => {
    const { hits } = await shop.page({ text: "snow", mode: "SEMANTIC", minRelevance: 0.2, minSimilarity: 0.6 });
    expect(hits.length).toBeGreaterThan(0);
    for (const { hit, relevance } of hits) {
      const { image, text } = hit.signals;
      const said = [relevanceAt(CALIBRATION.wordToImage, image as number), relevanceAt(CALIBRATION.wordToText, text as number)];
      expect(relevance).toBeCloseTo(Math.max(...said), 9);
      expect(hit.similarity).toBeGreaterThanOrEqual(0.6);
    }
  });

  it("leave a hit by words alone without a relevance, in mode LEXICAL and in a listing", async () => {
    for (const request of [{ text: "snow", mode: "LEXICAL" as const }, {}]) {
      const { hits } = await shop.page(request);
      expect(hits.length).toBeGreaterThan(0);
      expect(hits.every(({ relevance }) => relevance === null)).toBe(true);
    }
  });

  it("are refused where nothing could reach them, and told of where the encoder is down", async () => {
    const refused = { code: "BAD_USER_INPUT", options: { field: ["minRelevance"] } };
    await expect(shop.page({ text: "snow", mode: "LEXICAL", minRelevance: 0.5 })).rejects.toMatchObject(refused);
    await expect(shop.page({ minRelevance: 0.5 })).rejects.toMatchObject(refused);
    await expect(shop.page({ text: "snow", minRelevance: 1.5 })).rejects.toMatchObject(refused);
    const plain = await openShop(PRODUCTS);
    await expect(plain.page({ text: "snow", minRelevance: 0.5 })).rejects.toMatchObject(refused);
    shop.encoder.failure = ENCODER_DOWN;
    const page = await shop.page({ text: "snow", minRelevance: 0.9, minSimilarity: 0.9 }).finally(() => {
      shop.encoder.failure = null;
    });
    expect(page.modeUsed).toBe("LEXICAL");
    expect(page.degradedReasons.join()).toContain("minSimilarity was not applied. minRelevance was not applied.");
  });

  it("belong to a cursor: one of another minRelevance is refused", async () => {
    const page = await shop.page({ text: "snow", minRelevance: 0.1, first: 1 });
    const after = page.hits[0]?.cursor() ?? null;
    await expect(shop.page({ text: "snow", minRelevance: 0.2, first: 1, after })).rejects.toMatchObject({ code: "BAD_CURSOR" });
  });
});
