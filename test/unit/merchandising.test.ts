import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { MemoryIndex } from "../../src/indexes/memory/memory-index.js";
import { readMerchandising } from "../../src/merchandising-file.js";
import { type Merchandising, ShopRules } from "../../src/search/merchandising.js";
import type { SearchRequest } from "../../src/search/search-request.js";
import { openShop, type Shop, shopProduct } from "../support/shop.js";

const RULES: Merchandising = {
  boosts: [{ filter: { inStock: true }, weight: 1000 }],
  fresh: { days: 30, weight: 2 },
  pins: [{ query: "Winter shoes!", ids: ["sandal", "gone"] }],
};
const PRODUCTS = [
  shopProduct("old", { title: "winter shoes", inStock: false }),
  shopProduct("stocked", { title: "winter boots", inStock: true }),
  shopProduct("new", { title: "winter shoes", inStock: true, updatedAt: new Date() }),
  shopProduct("sandal", { title: "sandal", inStock: false }),
];

describe("the shop's own rules", () => {
  const open = (): Promise<Shop> => openShop(PRODUCTS, new MemoryIndex(), { merchandising: RULES });

  it("move up what they boost, and show it", async () => {
    const page = await (await open()).page({ text: "winter" });
    const boosts = Object.fromEntries(page.hits.map(({ hit }) => [hit.product.id, hit.signals.boost]));
    expect(boosts).toMatchObject({ new: 2000, stocked: 1000, old: 1 });
    expect(page.hits.map(({ hit }) => hit.product.id).slice(0, 2)).toEqual(["new", "stocked"]);
  });

  it("pin products to a query, however it is written", async () => {
    const page = await (await open()).page({ text: "winter SHOES" });
    expect(page.hits[0]?.hit).toMatchObject({ product: { id: "sandal" }, signals: { pinned: true } });
    expect((await (await open()).ids({ text: "shoes" }))[0]).not.toBe("sandal");
    expect((await (await open()).ids({ text: "winter shoes", pins: ["old"] })).slice(0, 2)).toEqual(["old", "sandal"]);
  });

  it("pin to a query without words by the query itself", () => {
    const rules = new ShopRules({ ...RULES, pins: [{ query: "👟", ids: ["shoe"] }] });
    const pins = (text: string) => rules.addTo({ text, withTotal: false, withEmbeddings: false }, 0).pins;
    expect([pins(" 👟 "), pins("🎩"), pins("…")]).toEqual([["shoe"], [], []]);
  });

  it("pin to words alone, all that is pinned to them", () => {
    const pins = [
      { query: "winter shoes", ids: ["a"] },
      { query: "Winter shoes!", ids: ["b"] },
    ];
    const rules = new ShopRules({ boosts: [], fresh: null, pins });
    const pinned = (request: Partial<SearchRequest>) =>
      rules.addTo({ text: "winter shoes", withTotal: false, withEmbeddings: false, ...request }, 0).pins;
    expect(pinned({})).toEqual(["a", "b"]);
    const others = [{ image: Buffer.from("red") }, { similarTo: "a" }, { embedding: [1] }, { mix: [{ text: "red" }] }];
    expect(others.map(pinned)).toEqual(others.map(() => []));
  });

  it("take for fresh what was changed within so many days, and boost beside the request's own boosts", () => {
    const own = { filter: { brands: ["x"] }, weight: 3 };
    const request = { text: "winter", boosts: [own], withTotal: false, withEmbeddings: false };
    const updatedAfter = new Date("2026-01-01T12:00:00Z");
    const { boosts } = new ShopRules(RULES).addTo(request, Date.parse("2026-01-31T12:00:00Z"));
    expect(boosts).toEqual([own, ...RULES.boosts, { filter: { updatedAfter }, weight: 2 }]);
  });

  it("leave listings, other orders and similar products alone", async () => {
    const shop = await open();
    const alike = await shop.page({ similarTo: "old" });
    expect(alike.hits.map(({ hit }) => hit.signals.boost)).toEqual([null, null, null]);
    expect(await shop.ids({})).toEqual(["new", "old", "sandal", "stocked"]);
    for (const sort of [{ by: "TITLE", reverse: false } as const, { by: "RELEVANCE", reverse: true } as const]) {
      const sorted = await shop.page({ text: "winter shoes", sort });
      expect(sorted.hits).toHaveLength(PRODUCTS.length);
      expect(sorted.hits.every(({ hit }) => hit.signals.boost === null && !hit.signals.pinned)).toBe(true);
    }
  });

  it("may change between two pages: a cursor goes on, or says that it cannot", async () => {
    const plain = await openShop(PRODUCTS);
    const ruled = await open();
    const cursorOf = async (request: Parameters<Shop["page"]>[0]) => (await plain.page({ ...request, first: 1 })).hits[0]?.cursor();
    expect(await ruled.ids({ text: "winter", after: await cursorOf({ text: "winter" }) })).toHaveLength(3);
    const picture = { image: Buffer.from("winter") };
    await expect(ruled.page({ ...picture, after: await cursorOf(picture) })).rejects.toMatchObject({ code: "BAD_CURSOR" });
  });
});

describe("readMerchandising", () => {
  let dir: string;
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), "likeness-rules-"));
  });
  afterAll(() => rm(dir, { recursive: true, force: true }));

  const read = async (content: string | Buffer) => {
    const path = join(dir, "rules.json");
    await writeFile(path, content);
    return await readMerchandising(path);
  };

  it("reads boosts, freshness and pins", async () => {
    const rules = { boosts: [{ filter: { not: { brands: ["x"] } }, weight: 2 }], fresh: { days: 7, weight: 1.5 }, pins: [] };
    expect(await read(JSON.stringify(rules))).toEqual(rules);
    expect(await read("{}")).toEqual({ boosts: [], fresh: null, pins: [] });
  });

  it.each([
    ["no JSON", "{", /no JSON/],
    ["a mistyped member", '{"boost": []}', /boost/],
    ["a mistyped filter", '{"boosts": [{"filter": {"brand": ["x"]}, "weight": 2}]}', /brand/],
    ["a weight of 0", '{"boosts": [{"filter": {}, "weight": 0}]}', /boosts.0.weight/],
    ["a weight above a million", '{"boosts": [{"filter": {}, "weight": 1e7}]}', /boosts.0.weight/],
    ["a weight of the fresh below a millionth", '{"fresh": {"days": 1, "weight": 1e-7}}', /fresh.weight/],
    ["an empty list in a filter", '{"boosts": [{"filter": {"brands": []}, "weight": 2}]}', /empty/],
    ["fresh since before dates begin", '{"fresh": {"days": 1e9, "weight": 2}}', /fresh.days/],
    ["no date", '{"boosts": [{"filter": {"updatedAfter": null}, "weight": 2}]}', /updatedAfter/],
    [
      "a day that is none",
      '{"boosts": [{"filter": {"updatedAfter": "2026-02-30T00:00:00Z"}, "weight": 2}]}',
      /updatedAfter: give a moment/,
    ],
    ["a number for a moment", '{"boosts": [{"filter": {"updatedAfter": "5"}, "weight": 2}]}', /updatedAfter: give a moment/],
    [
      "a moment of no time zone",
      '{"boosts": [{"filter": {"updatedAfter": "2026-01-31T10:00"}, "weight": 2}]}',
      /updatedAfter: give a moment/,
    ],
    ["a pin to a blank query", '{"pins": [{"query": "  ", "ids": ["a"]}]}', /pins.0.query/],
    ["a pin of nothing", '{"pins": [{"query": "x", "ids": []}]}', /pins.0.ids/],
  ])("refuses %s", async (_, content, message) => {
    await expect(read(content)).rejects.toMatchObject({ code: "BAD_USER_INPUT", message: expect.stringMatching(message) });
  });

  it("takes a byte order mark, and an offset in a moment", async () => {
    const { boosts } = await read('\ufeff{"boosts": [{"filter": {"updatedAfter": "2026-01-31T01:00:00+01:00"}, "weight": 2}]}');
    expect(boosts).toEqual([{ filter: { updatedAfter: new Date("2026-01-31T00:00:00Z") }, weight: 2 }]);
  });

  it("refuses text that is not UTF-8, of which no word would be found", async () => {
    const query = Buffer.from('{"pins": [{"query": "café", "ids": ["a"]}]}', "latin1");
    await expect(read(query)).rejects.toMatchObject({ code: "BAD_USER_INPUT", message: expect.stringContaining("UTF-8") });
  });

  it("names the file and every filter that cannot hold", async () => {
    const price = { filter: { price: { min: 2, max: 1 } }, weight: 2 };
    const brands = { filter: { brands: [] }, weight: 2 };
    await expect(read(JSON.stringify({ boosts: [price, brands] }))).rejects.toMatchObject({
      message: expect.stringMatching(/rules\.json have mistakes:\n {2}boosts\.0: price\.min is 2.*\n {2}boosts\.1: .*brands is empty/),
    });
  });

  it("refuses a file that is not there", async () => {
    await expect(readMerchandising(join(dir, "absent.json"))).rejects.toMatchObject({ code: "BAD_USER_INPUT" });
  });
});
