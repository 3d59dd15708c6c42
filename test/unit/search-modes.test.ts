import { beforeEach, describe, expect, it } from "vitest";
import { LikenessError } from "../../src/domain/errors.js";
import type { SearchRequest } from "../../src/search/search-request.js";
import { openShop, type Shop, shopProduct } from "../support/shop.js";
import { ENCODER_DOWN } from "../support/word-encoder.js";

const PRODUCTS = [
  shopProduct("boots", { title: "Winter boots" }, "snow"),
  shopProduct("skis", { title: "Carving skis" }, "snow mountain"),
  shopProduct("tent", { title: "Tent for mountain tours", description: "Light, and warm in winter." }, "meadow"),
  shopProduct("mug", { title: "Mug" }, "coffee"),
];
let shop: Shop;
beforeEach(async () => {
  shop = await openShop(PRODUCTS);
});

describe("modes", () => {
  it("LEXICAL finds what holds the words, and nothing else", async () => {
    const page = await shop.page({ text: "winter", mode: "LEXICAL" });
    expect(page.hits.map(({ hit }) => hit.product.id)).toEqual(["boots", "tent"]);
    expect(page).toMatchObject({ modeUsed: "LEXICAL", degradedReasons: [], total: { count: 2, relation: "EXACT" } });
    const [first] = page.hits;
    expect(first?.hit).toMatchObject({ similarity: null, signals: { image: null, text: null, textRank: null, lexicalRank: 1 } });
    expect(first?.hit.score).toBe(first?.hit.signals.lexical);
  });

  it("SEMANTIC compares embeddings alone", async () => {
    const page = await shop.page({ text: "snow", mode: "SEMANTIC" });
    expect(page.hits).toHaveLength(4);
    const boots = page.hits.find(({ hit }) => hit.product.id === "boots")?.hit;
    expect(boots?.signals).toMatchObject({ imageRank: 1, image: expect.closeTo(1, 5), lexical: null, lexicalRank: null });
    expect(boots?.similarity).toBeCloseTo(1, 5);
    expect(page.modeUsed).toBe("SEMANTIC");
  });

  it("a product without a picture is compared by its words, with pictures and with words", async () => {
    shop = await openShop([...PRODUCTS, { ...shopProduct("snow"), imageEmbedding: null }]);
    const [first] = (await shop.page({ similarTo: "snow" })).hits;
    expect(first?.hit).toMatchObject({ product: { id: "boots" }, signals: { imageRank: 1, textRank: expect.any(Number) } });
    expect((await shop.page({ similarTo: "boots" })).hits.every(({ hit }) => hit.signals.textRank === null)).toBe(true);
  });

  it.each([3, 300])(
    "a product without a picture that has the very words comes before %i that have some of them and a picture",
    async (n) => {
      const others = Array.from({ length: n }, (_, i) => shopProduct(`pot ${i}`, { title: `Red pot ${i}` }));
      shop = await openShop([...others, { ...shopProduct("kettle", { title: "Red kettle" }), imageEmbedding: null }]);
      for (const mode of ["SEMANTIC", "HYBRID"] as const) {
        expect((await shop.ids({ text: "red kettle", mode }))[0]).toBe("kettle");
      }
    },
  );

  it("HYBRID fuses both and tells what each said", async () => {
    const page = await shop.page({ text: "mountain", mode: "HYBRID" });
    const tent = page.hits.find(({ hit }) => hit.product.id === "tent")?.hit;
    expect(tent?.signals).toMatchObject({ lexicalRank: 1, imageRank: expect.any(Number), textRank: expect.any(Number) });
    const words = await shop.ids({ text: "mountain", mode: "HYBRID", weights: { semantic: 0, lexical: 1 } });
    expect(words[0]).toBe("tent");
    const looks = await shop.ids({ text: "mountain", mode: "HYBRID", weights: { semantic: 1, lexical: 0 } });
    expect(looks).toEqual(await shop.ids({ text: "mountain", mode: "SEMANTIC" }));
  });

  it("SEMANTIC knows no weights: those are of HYBRID's sides", async () => {
    const products = PRODUCTS.map((each) => ({ ...each, imageEmbedding: null }));
    shop = await openShop([...PRODUCTS, ...products.map((each, i) => ({ ...each, product: { ...each.product, id: `words${i}` } }))]);
    const found = async (weights: SearchRequest["weights"]) =>
      (await shop.page({ text: "snow mountain", mode: "SEMANTIC", weights })).hits.map(({ hit }) => [hit.product.id, hit.score]);
    expect(await found({ semantic: 0, lexical: 1 })).toEqual(await found(null));
    expect(await found({ semantic: 3, lexical: 1 })).toEqual(await found(null));
  });

  it("AUTO is chosen by the query's form", async () => {
    const used = async (request: Parameters<Shop["page"]>[0]) => (await shop.page(request)).modeUsed;
    expect(await used({ text: "winter boots" })).toBe("HYBRID");
    expect(await used({ text: '"winter boots"' })).toBe("LEXICAL");
    expect(await used({ image: Buffer.from("snow") })).toBe("SEMANTIC");
    expect(await used({ text: "boots", similarTo: "skis" })).toBe("SEMANTIC");
    expect(await used({})).toBe("AUTO");
  });

  it("orders the same whatever the page size", async () => {
    for (const mode of ["SEMANTIC", "LEXICAL", "HYBRID"] as const) {
      const whole = await shop.ids({ text: "winter mountain", mode });
      for (const first of [1, 2, 3]) expect(await shop.ids({ text: "winter mountain", mode, first })).toEqual(whole.slice(0, first));
    }
  });

  it.each([
    ["LEXICAL without words", { image: Buffer.from("snow"), mode: "LEXICAL" }],
    ["LEXICAL with a picture", { text: "snow", image: Buffer.from("snow"), mode: "LEXICAL" }],
    ["LEXICAL with a least cosine", { text: "snow", minSimilarity: 0.2, mode: "LEXICAL" }],
    ["a least cosine of a listing", { minSimilarity: 0.2 }],
    ["a least cosine below -1", { text: "snow", minSimilarity: -1.01 }],
    ["a least cosine above 1", { text: "snow", minSimilarity: 1.01 }],
    ["a text of 2,001 characters", { text: "x".repeat(2001) }],
    ["HYBRID without words", { similarTo: "mug", mode: "HYBRID" }],
    ["weights of nothing", { text: "snow", weights: { semantic: 0, lexical: 0 } }],
    ["a negative weight of a side", { text: "snow", weights: { semantic: -1, lexical: 2 } }],
    ["a weight of a side above a million", { text: "snow", weights: { semantic: 1, lexical: 1_000_001 } }],
  ] as const)("refuses %s", async (_, request) => {
    await expect(shop.page(request)).rejects.toMatchObject({ code: "BAD_USER_INPUT" });
  });
});

describe("without the encoder", () => {
  beforeEach(() => {
    shop.encoder.failure = ENCODER_DOWN;
  });

  it.each(["AUTO", "HYBRID"] as const)("%s looks for the words, and says so", async (mode) => {
    const page = await shop.page({ text: "winter", mode, minSimilarity: 0.9 });
    expect(page.hits.map(({ hit }) => hit.product.id)).toEqual(["boots", "tent"]);
    expect(page.modeUsed).toBe("LEXICAL");
    expect(page.degradedReasons).toEqual([expect.stringMatching(/^ENCODER_UNAVAILABLE: .*minSimilarity was not applied/)]);
  });

  it.each(["OVERLOADED", "TIMEOUT"] as const)("words are looked for where it is %s", async (code) => {
    shop.encoder.failure = new LikenessError(code, "Try again.");
    expect(await shop.page({ text: "winter" })).toMatchObject({
      modeUsed: "LEXICAL",
      degradedReasons: [expect.stringMatching(new RegExp(`^${code}: `))],
    });
  });

  it("LEXICAL and listings do not need it", async () => {
    expect((await shop.page({ text: "winter", mode: "LEXICAL" })).degradedReasons).toEqual([]);
    expect(await shop.ids({})).toHaveLength(4);
  });

  it("SEMANTIC and queries without words fail by its own error", async () => {
    await expect(shop.page({ text: "winter", mode: "SEMANTIC" })).rejects.toBe(ENCODER_DOWN);
    await expect(shop.page({ image: Buffer.from("snow") })).rejects.toBe(ENCODER_DOWN);
  });

  it("a walk by cosine waits for it, and one through candidates goes on by the words", async () => {
    shop.encoder.failure = null;
    const picture = { text: "winter", image: Buffer.from("snow"), first: 1 };
    const words = { text: "winter", first: 1 };
    const [list, pool] = [(await shop.page(picture)).hits[0]?.cursor(), (await shop.page(words)).hits[0]?.cursor()];
    shop.encoder.failure = ENCODER_DOWN;
    await expect(shop.page({ ...picture, after: list })).rejects.toBe(ENCODER_DOWN);
    expect(await shop.page({ ...words, after: pool })).toMatchObject({ modeUsed: "LEXICAL", hits: [{}] });
    expect(await shop.page(picture)).toMatchObject({ modeUsed: "LEXICAL" });
    shop.encoder.failure = null;
    expect(await shop.ids({ ...picture, after: list })).toHaveLength(1);
  });

  it("falls back for a bug in the encoder too, but never for a mistake of the caller's", async () => {
    shop.encoder.failure = new TypeError("a bug");
    expect((await shop.page({ text: "winter" })).degradedReasons[0]).toMatch(/^ENCODER_UNAVAILABLE/);
    await expect(shop.page({ text: "winter", embedding: [1, 2] })).rejects.toMatchObject({ code: "BAD_USER_INPUT" });
  });
});
