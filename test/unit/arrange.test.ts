import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Arrangement, arrange, type Candidate } from "../../src/domain/arrange.js";
import { diversify } from "../../src/domain/diversify.js";
import { cosine, type Embedding, normalize } from "../../src/domain/embedding.js";
import { NO_SIGNALS } from "../../src/domain/fusion.js";
import type { SearchRequest } from "../../src/search/search-request.js";
import { stored } from "../contract/catalogue.js";
import { idsOf, openShop, shopProduct } from "../support/shop.js";
import { embeddingOf } from "../support/word-encoder.js";

const PLAIN: Arrangement = { boosts: [], sort: null, worstFirst: false, grouped: false, lambda: null };
const price = (amount: number) => ({ amount, currency: "EUR" });
const candidates: fc.Arbitrary<Candidate[]> = fc
  .array(
    fc.record({
      score: fc.double({ min: -1, max: 1, noNaN: true }),
      amount: fc.option(fc.integer({ min: 0, max: 5 })),
      group: fc.option(fc.constantFrom("a", "b", "c")),
      brand: fc.constantFrom("x", "y"),
      words: fc.constantFrom("red shoe", "red boot", "green sofa", "blue sofa"),
    }),
    { maxLength: 20 },
  )
  .map((all) =>
    all
      .map(({ score, amount, group, brand, words }, i) => ({
        id: `p${i}`,
        score,
        similarity: score,
        signals: NO_SIGNALS,
        stored: stored(
          `p${i}`,
          { price: amount === null ? null : price(amount), groupId: group, brand },
          { imageEmbedding: embeddingOf(words) },
        ),
      }))
      .sort((a, b) => b.score - a.score),
  );
const ids = (each: readonly { id: string }[]) => each.map(({ id }) => id);

describe("arrange", () => {
  it("loses and doubles nothing, unless it groups", () => {
    const arrangement = fc.record({
      boosts: fc.constantFrom([], [{ filter: { brands: ["x"] }, weight: 3 }]),
      sort: fc.constantFrom(null, { by: "PRICE" as const, reverse: true }),
      worstFirst: fc.boolean(),
      grouped: fc.constant(false),
      lambda: fc.constantFrom(null, 0, 0.5, 1),
    });
    fc.assert(
      fc.property(candidates, fc.array(fc.nat(19)), arrangement, (all, pins, how) => {
        const pinned = [...new Set(pins)].flatMap((i) => all.filter(({ id }) => id === `p${i}`));
        const arranged = ids(arrange(all, pinned, how));
        expect([...arranged].sort()).toEqual(ids(all).sort());
        expect(arranged.slice(0, pinned.length)).toEqual(ids(pinned));
      }),
    );
  });

  it("sorts by a key, products without one last", () => {
    fc.assert(
      fc.property(candidates, fc.boolean(), (all, reverse) => {
        const amounts = arrange(all, [], { ...PLAIN, sort: { by: "PRICE", reverse } }).map(
          (each) => each.stored?.product.price?.amount ?? null,
        );
        const known = amounts.filter((amount) => amount !== null);
        expect(known).toEqual([...known].sort((a, b) => (reverse ? b - a : a - b)));
        expect(amounts.lastIndexOf(known.at(-1) ?? null)).toBeLessThan(known.length || Number.POSITIVE_INFINITY);
      }),
    );
  });

  it("keeps the best of each group, and every product without a group", () => {
    fc.assert(
      fc.property(candidates, (all) => {
        const group = (each: Candidate) => each.stored?.product.groupId ?? each.id;
        const first = all.filter((each, i) => all.findIndex((other) => group(other) === group(each)) === i);
        expect(arrange(all, [], { ...PLAIN, grouped: true })).toEqual(first);
      }),
    );
  });

  it("takes no product's id for another's group", () => {
    const [one, other] = ["a", "b"].map((id) => ({
      id,
      score: 1,
      similarity: 1,
      signals: NO_SIGNALS,
      stored: stored(id, { groupId: id === "a" ? "b" : null }),
    }));
    expect(ids(arrange([one, other] as Candidate[], [], { ...PLAIN, grouped: true }))).toEqual(["a", "b"]);
  });

  it("boosts by multiplication, downwards and for negative scores too", () => {
    fc.assert(
      fc.property(candidates, fc.constantFrom(0.1, 1, 5), (all, weight) => {
        const boosted = arrange(all, [], { ...PLAIN, boosts: [{ filter: { brands: ["x"] }, weight }] });
        for (const { id, score, signals, stored } of boosted) {
          const before = all.find((each) => each.id === id)?.score as number;
          expect(signals.boost).toBe(stored?.product.brand === "x" ? weight : 1);
          if ((signals.boost as number) > 1) expect(score).toBeGreaterThanOrEqual(before);
          if ((signals.boost as number) < 1) expect(score).toBeLessThanOrEqual(before);
        }
        expect(boosted.map(({ score }) => score)).toEqual(boosted.map(({ score }) => score).sort((a, b) => b - a));
      }),
    );
  });

  it("boosts by long lists in a time that does not grow with the number of their values", () => {
    const paths = Array.from({ length: 200 }, (_, i) => `shop/${i}`);
    const all = Array.from({ length: 500 }, (_, i) => ({
      id: `p${i}`,
      score: 1,
      similarity: null,
      signals: NO_SIGNALS,
      stored: stored(`p${i}`, { categories: paths }),
    }));
    const lists = Array.from({ length: 10 }, () => ({ categories: Array.from({ length: 1000 }, (_, i) => `sale/${i}`) }));
    const boosts = Array.from({ length: 20 }, () => ({ filter: { or: lists }, weight: 2 }));
    expect(arrange(all, [], { ...PLAIN, boosts }).map(({ score }) => score)).toEqual(all.map(() => 1));
  });
});

describe("diversify", () => {
  it("changes nothing at lambda 1, and always begins with the best", () => {
    fc.assert(
      fc.property(candidates, fc.double({ min: 0.01, max: 1, noNaN: true }), (all, lambda) => {
        expect(diversify(all, 1)).toEqual(all);
        expect(diversify(all, lambda)[0]).toEqual(all[0]);
      }),
    );
  });

  it.each(["imageEmbedding", "textEmbedding"])("puts something else before near-duplicates of the best, by the %s", (kind) => {
    const each = (id: string, score: number, words: string) => ({ id, score, stored: stored(id, {}, { [kind]: embeddingOf(words) }) });
    const all = [each("a", 1, "red shoe"), each("b", 0.99, "red shoe"), each("c", 0.98, "red shoe"), each("d", 0.7, "green sofa")];
    expect(ids(diversify(all, 0.5))).toEqual(["a", "d", "b", "c"]);
  });

  it("looks at the best 200, and leaves the rest behind them as it was", () => {
    const all = Array.from({ length: 203 }, (_, i) => ({
      id: `p${i}`,
      score: 1 - i / 1000,
      stored: stored(`p${i}`, {}, { imageEmbedding: embeddingOf(i < 199 ? "red shoe" : "green sofa") }),
    }));
    const [best, ...others] = ids(all.slice(0, 199));
    expect(ids(diversify(all, 0.2))).toEqual([best, "p199", ...others, "p200", "p201", "p202"]);
  });

  it("takes each time what has the greatest λ·relevance − (1 − λ)·(greatest cosine with what came before)", () => {
    const direction = fc.array(fc.integer({ min: -9, max: 9 }), { minLength: 3, maxLength: 3 }).filter((each) => each.some(Boolean));
    const item = fc.record({ score: fc.integer({ min: 0, max: 100 }), direction });
    const lambdas = fc.double({ min: 0, max: 0.99, noNaN: true });
    fc.assert(
      fc.property(
        fc.array(item, { minLength: 2, maxLength: 8 }),
        fc.array(direction, { maxLength: 2 }),
        lambdas,
        (items, pinned, lambda) => {
          const made = (id: string, score: number, own: number[]) => ({
            id,
            score,
            stored: stored(id, {}, { imageEmbedding: normalize(own) }),
          });
          const all = items.map(({ score, direction: own }, i) => made(`p${i}`, score, own)).sort((a, b) => b.score - a.score);
          const ahead = pinned.map((own, i) => made(`pin${i}`, 0, own));
          const scores = all.map(({ score }) => score);
          const [worst, best] = [Math.min(...scores), Math.max(...scores)];
          const chosen = diversify(all, lambda, ahead);
          chosen.forEach((taken, i) => {
            const before = [...ahead, ...chosen.slice(0, i)];
            if (before.length === 0) return;
            const worth = ({ score, stored: own }: (typeof all)[number]) =>
              (lambda * (score - worst)) / (best - worst || 1) -
              (1 - lambda) *
                Math.max(...before.map((other) => cosine(other.stored.imageEmbedding as Embedding, own.imageEmbedding as Embedding)));
            for (const other of chosen.slice(i)) expect(worth(taken)).toBeGreaterThanOrEqual(worth(other) - 1e-9);
          });
        },
      ),
    );
  });
});

describe("ordering a search", () => {
  const SHOP = openShop([
    shopProduct("s1", { title: "red shoe", price: price(30), groupId: "shoe", inStock: true }),
    shopProduct("s2", { title: "red shoe", price: price(20), groupId: "shoe", inStock: false }),
    shopProduct("b1", { title: "red boot", price: price(25), groupId: "boot", inStock: false }),
    shopProduct("b2", { title: "green boot", price: price(35), groupId: "boot", inStock: true }),
    shopProduct("t", { title: "blue table", price: null }),
  ]);
  const order = async (request: Partial<SearchRequest>) => idsOf(await (await SHOP).page(request));

  it("sorts listings and matches, either way", async () => {
    const sort = { by: "PRICE" as const, reverse: false };
    expect(await order({ sort })).toEqual(["s2", "b1", "s1", "b2", "t"]);
    expect(await order({ sort: { ...sort, reverse: true } })).toEqual(["b2", "s1", "b1", "s2", "t"]);
    expect(await order({ text: "red", mode: "LEXICAL", sort })).toEqual(["s2", "b1", "s1"]);
    expect(await order({ text: "red", mode: "SEMANTIC", sort, filter: { price: { max: 30 } } })).toEqual(["s2", "b1", "s1"]);
    expect(await order({ sort: { by: "TITLE", reverse: false } })).toEqual(["t", "b2", "b1", "s1", "s2"]);
    const best = await order({ text: "red shoe" });
    expect(await order({ text: "red shoe", sort: { by: "RELEVANCE", reverse: true } })).toEqual(best.reverse());
    const picture = { image: Buffer.from("red shoe") };
    expect(await order({ ...picture, sort: { by: "RELEVANCE", reverse: true } })).toEqual((await order(picture)).reverse());
    expect(await order({ sort: { by: "RELEVANCE", reverse: true } })).toEqual(["t", "s2", "s1", "b2", "b1"]);
  });

  it("cuts off by similarity before it sorts", async () => {
    const cut = { image: Buffer.from("red shoe"), minSimilarity: 0.99, sort: { by: "PRICE" as const, reverse: false } };
    const page = await (await SHOP).page(cut);
    expect(idsOf(page)).toEqual(["s2", "s1"]);
    expect(page.total).toEqual({ count: 2, relation: "EXACT" });
  });

  it("gives variants of one product one place, and counts places", async () => {
    const page = await (await SHOP).page({ text: "red shoe", groupBy: "PRODUCT_GROUP" });
    expect(idsOf(page)).toHaveLength(3);
    expect(idsOf(page)[0]).toBe("s1");
    expect(page.total).toEqual({ count: 3, relation: "EXACT" });
    const listing = await (await SHOP).page({ groupBy: "PRODUCT_GROUP", sort: { by: "PRICE", reverse: false } });
    expect(idsOf(listing)).toEqual(["s2", "b1", "t"]);
    expect(listing.total).toEqual({ count: 3, relation: "EXACT" });
  });

  it("shows boosts and pins in the signals", async () => {
    const boosts = [{ filter: { inStock: true }, weight: 1000 }];
    const page = await (await SHOP).page({ text: "red shoe", boosts, pins: ["t", "absent", "b1"] });
    expect(idsOf(page).slice(0, 2)).toEqual(["t", "b1"]);
    expect(page.hits.map(({ hit }) => [hit.signals.pinned, hit.signals.boost])).toEqual([
      [true, 1],
      [true, 1],
      [false, 1000],
      [false, 1000],
      [false, 1],
    ]);
    expect(await order({ boosts })).toEqual(["b2", "s1", "b1", "s2", "t"]);
    expect(await order({ pins: ["s2"], filter: { inStock: true } })).toEqual(["b2", "s1"]);
    expect((await (await SHOP).page({ text: "red" })).hits[0]?.hit.signals).toMatchObject({ boost: null, pinned: false });
  });

  it("gives a product once that is pinned twice, and counts it once", async () => {
    const page = await (await SHOP).page({ text: "red shoe", pins: ["t", "b1", "t"] });
    expect(idsOf(page)).toEqual(["t", "b1", "s1", "s2", "b2"]);
    expect(page.total).toEqual({ count: 5, relation: "EXACT" });
    expect((await (await SHOP).page({ text: "red", mode: "LEXICAL", pins: ["t"] })).total).toEqual({ count: 4, relation: "EXACT" });
  });

  it("moves down what is much like a pinned product", async () => {
    const shop = await openShop([
      shopProduct("pin", { title: "red shoe" }),
      shopProduct("same", { title: "red shoe" }),
      shopProduct("red sofa"),
    ]);
    expect(await shop.ids({ image: Buffer.from("red"), pins: ["pin"], diversity: { lambda: 0.2 } })).toEqual(["pin", "red sofa", "same"]);
  });

  it("keeps every score finite, whatever the boosts, and says which weights are allowed", async () => {
    const all = (weight: number) => Array.from({ length: 20 }, () => ({ filter: {}, weight }));
    const scores = async (weight: number, request: Partial<SearchRequest>) => {
      const rules = { boosts: all(weight), fresh: { days: 1e6, weight }, pins: [] };
      const shop = await openShop([shopProduct("red"), shopProduct("blue")], undefined, { merchandising: rules });
      return (await shop.page({ ...request, boosts: all(weight) })).hits.map(({ hit }) => hit.score);
    };
    const weights = { semantic: 1e6, lexical: 1e6 };
    for (const request of [{ text: "red", weights }, { embedding: [...embeddingOf("red").map((value) => -value)] }]) {
      for (const weight of [1e6, 1e-6]) expect((await scores(weight, request)).every(Number.isFinite)).toBe(true);
    }
    await expect(order({ text: "red", boosts: [{ filter: {}, weight: 1e200 }] })).rejects.toMatchObject({
      message: "weight is 1e+200; 0.000001 to 1000000 are allowed. Below 1 it moves down.",
      options: { field: ["boosts", "0", "weight"] },
    });
  });

  it.each([
    ["a lambda above 1", { text: "red", diversity: { lambda: 1.5 } }],
    ["a weight of 0", { text: "red", boosts: [{ filter: { inStock: true }, weight: 0 }] }],
    ["a weight below a millionth", { text: "red", boosts: [{ filter: { inStock: true }, weight: 0.9e-6 }] }],
    ["a weight above a million", { text: "red", boosts: [{ filter: { inStock: true }, weight: 1_000_001 }] }],
    ["boosts of a price order", { boosts: [{ filter: {}, weight: 2 }], sort: { by: "PRICE", reverse: false } }],
    ["diversity of a price order", { diversity: { lambda: 0.5 }, sort: { by: "PRICE", reverse: false } }],
    ["too many boosts", { text: "red", boosts: Array.from({ length: 21 }, () => ({ filter: {}, weight: 2 })) }],
    ["a broken filter of a boost", { text: "red", boosts: [{ filter: { brands: [] }, weight: 2 }] }],
    ["too many pins", { pins: Array.from({ length: 101 }, (_, i) => `${i}`) }],
    ["pins longer than ids are", { pins: ["x".repeat(100_000), "y".repeat(100_001)] }],
  ] as const)("refuses %s", async (_, request) => {
    await expect(order(request as Partial<SearchRequest>)).rejects.toMatchObject({ code: "BAD_USER_INPUT" });
  });
});
