import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Cursors } from "../../src/domain/cursor.js";
import { combine, cosine, normalize } from "../../src/domain/embedding.js";
import { MemoryIndex } from "../../src/indexes/memory/memory-index.js";
import { SearchProducts } from "../../src/search/search-products.js";
import type { QueryPart, SearchRequest } from "../../src/search/search-request.js";
import { CountingEncoder } from "../support/counting-encoder.js";
import { openShop, shopProduct } from "../support/shop.js";
import { embeddingOf } from "../support/word-encoder.js";

const WORDS = ["red", "green", "leather", "wool", "chair", "sofa"];
const SHOP = openShop(
  WORDS.flatMap((a) => WORDS.map((b, i) => shopProduct(`${a}-${b}`, { title: `${a} ${b}`, brand: i % 2 ? "even" : "odd" }))),
);

const vector = fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 4, maxLength: 4 }).filter((v) => Math.hypot(...v) > 0.1);
const weight = fc.oneof(fc.double({ min: 0.05, max: 20, noNaN: true }), fc.double({ min: -20, max: -0.05, noNaN: true }));
const parts = fc.array(fc.record({ embedding: vector.map(normalize), weight }), { minLength: 1, maxLength: 5 });

describe("combine", () => {
  /** Length of the weighted sum, in shares of the largest weight; near 0 rounding decides. */
  const strength = (each: readonly { embedding: Float32Array; weight: number }[]) =>
    Math.hypot(...[0, 1, 2, 3].map((i) => each.reduce((sum, { embedding, weight }) => sum + weight * (embedding[i] as number), 0))) /
    Math.max(...each.map(({ weight }) => Math.abs(weight)));

  it("does not change when all weights are scaled alike", () => {
    fc.assert(
      fc.property(parts, fc.double({ min: 1e-30, max: 1e30, noNaN: true }), (each, scale) => {
        fc.pre(strength(each) > 0.01);
        const scaled = each.map((part) => ({ ...part, weight: part.weight * scale }));
        expect(cosine(combine(each), combine(scaled))).toBeGreaterThan(1 - 1e-5);
      }),
    );
  });

  it("is the normalised weighted sum, whatever the order of the parts", () => {
    fc.assert(
      fc.property(parts, (each) => {
        fc.pre(strength(each) > 0.01);
        const sum = [0, 1, 2, 3].map((i) => each.reduce((all, { embedding, weight }) => all + weight * (embedding[i] as number), 0));
        expect(cosine(combine(each), normalize(sum))).toBeGreaterThan(1 - 1e-5);
        expect(cosine(combine(each), combine([...each].reverse()))).toBeGreaterThan(1 - 1e-5);
      }),
    );
  });

  it("refuses parts of which nothing is left", () => {
    const embedding = embeddingOf("red");
    const cancelled = () =>
      combine([
        { embedding, weight: 2 },
        { embedding, weight: -2 },
      ]);
    expect(cancelled).toThrow(expect.objectContaining({ code: "BAD_USER_INPUT", message: expect.stringContaining("cancel") }));
  });
});

describe("a mix", () => {
  const part: fc.Arbitrary<QueryPart> = fc.oneof(
    fc.constantFrom(...WORDS).map((text) => ({ text })),
    fc.constantFrom(...WORDS).map((text) => ({ image: Buffer.from(text) })),
    fc.constantFrom(...WORDS).map((word) => ({ imageUrl: `http://pictures/${word}` })),
    fc.constantFrom(...WORDS).map((word) => ({ similarTo: `${word}-sofa` })),
    fc.constantFrom(...WORDS).map((word) => ({ embedding: [...embeddingOf(word)] })),
  );

  it("of one part is the plain query, whatever its weight", async () => {
    const shop = await SHOP;
    await fc.assert(
      fc.asyncProperty(part, fc.constantFrom(0.1, 1, 7), async (each, weight) => {
        const plain = await shop.page(each);
        const mixed = await shop.page({ mix: [{ ...each, weight }] });
        const hits = (page: typeof plain) => page.hits.map(({ hit }) => [hit.product.id, hit.score, hit.signals]);
        expect(hits(mixed)).toEqual(hits(plain));
        expect(mixed.modeUsed).toBe(plain.modeUsed);
      }),
    );
  });

  it("does not change when all weights are scaled alike", async () => {
    const shop = await SHOP;
    const weighted = fc.array(fc.record({ part, weight: fc.constantFrom(-2, -0.5, 0.5, 1, 3) }), { minLength: 2, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(weighted, fc.constantFrom(0.25, 2, 1024), async (each, scale) => {
        const request = (factor: number): Partial<SearchRequest> => ({
          mix: each.map(({ part, weight }) => ({ ...part, weight: weight * factor })),
        });
        const plain = await shop.ids(request(1)).catch((error) => error.code);
        expect(await shop.ids(request(scale)).catch((error) => error.code)).toEqual(plain);
      }),
    );
  });

  it("has few pictures in memory at a time, however many the searches of an operation name, and the operations beside it", async () => {
    const [encoder, index] = [new CountingEncoder(), new MemoryIndex()];
    await index.ensureReady(encoder);
    const search = new SearchProducts(encoder, index, encoder.pictures, new Cursors("a secret of the tests"));
    const mix = Array.from({ length: 32 }, (_, i) => ({ imageUrl: `http://pictures/${i}` }));
    const operation = Array.from({ length: 20 }, () => ({ mix, first: 1, withTotal: false, withEmbeddings: false }));
    for (const page of await search.search(operation)) expect(page).not.toBeInstanceOf(Error);
    expect([encoder.most, encoder.held]).toEqual([16, 0]);
    await Promise.all(Array.from({ length: 6 }, () => search.search(operation)));
    expect([encoder.most, encoder.held]).toEqual([64, 0]);
  });

  it("leads away from a part of negative weight", async () => {
    const shop = await SHOP;
    const liked = await shop.ids({ similarTo: "leather-chair", first: 3 });
    expect(liked.filter((id) => id.includes("leather"))).not.toEqual([]);
    const mixed = await shop.ids({ mix: [{ similarTo: "leather-chair" }, { text: "leather", weight: -1 }], first: 3 });
    expect(mixed).toHaveLength(3);
    expect(mixed.every((id) => id.includes("chair") && !id.includes("leather"))).toBe(true);
  });

  it("leaves out every product of the query", async () => {
    const shop = await SHOP;
    const page = await shop.page({ mix: [{ similarTo: "red-sofa" }, { similarTo: "wool-chair", weight: -0.5 }], first: 100 });
    expect(page.hits).toHaveLength(WORDS.length ** 2 - 2);
    expect(page.hits.map(({ hit }) => hit.product.id)).not.toEqual(expect.arrayContaining(["red-sofa"]));
    expect(page.total).toEqual({ count: WORDS.length ** 2 - 2, relation: "EXACT" });
  });

  it("looks for its words of positive weight where words are looked for", async () => {
    const shop = await SHOP;
    const page = await shop.page({ mix: [{ text: "wool", weight: 2 }, { text: "sofa" }, { text: "red", weight: -1 }], mode: "HYBRID" });
    const literal = page.hits.find(({ hit }) => hit.signals.lexicalRank === 1);
    expect(literal?.hit.product.title.split(" ").sort()).toEqual(["sofa", "wool"]);
    expect((await shop.page({ mix: [{ text: "wool" }, { text: "sofa" }] })).modeUsed).toBe("HYBRID");
    expect((await shop.page({ mix: [{ text: "wool" }, { text: "red", weight: -1 }] })).modeUsed).toBe("SEMANTIC");
  });

  it.each([
    ["an empty mix", []],
    ["a part of nothing", [{}]],
    ["a part of two things", [{ text: "red", similarTo: "red-sofa" }]],
    ["a weight of 0", [{ text: "red", weight: 0 }]],
    ["a weight without end", [{ text: "red", weight: Number.POSITIVE_INFINITY }]],
    ["an empty text", [{ text: " " }]],
    ["too many parts", Array.from({ length: 33 }, () => ({ text: "red" }))],
    ["parts that cancel out", [{ text: "red" }, { text: "red", weight: -1 }]],
  ])("refuses %s", async (_, mix) => {
    await expect((await SHOP).page({ mix })).rejects.toMatchObject({ code: "BAD_USER_INPUT" });
  });

  it("names the part of an unknown product", async () => {
    const mix = [{ text: "red" }, { similarTo: "absent" }];
    await expect((await SHOP).page({ mix })).rejects.toMatchObject({ code: "NOT_FOUND", options: { field: ["mix", "1"] } });
  });
});
