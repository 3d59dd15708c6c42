import { describe, expect, it } from "vitest";
import { MemoryIndex } from "../../src/indexes/memory/memory-index.js";
import type { SearchRequest } from "../../src/search/search-request.js";
import { idsOf, openShop, shopProduct } from "../support/shop.js";

const SHOP = openShop([shopProduct("red"), shopProduct("blue")]);

it("many searches at once let other work have its turn between two of them", async () => {
  const { search } = await SHOP;
  const order: string[] = [];
  setImmediate(() => order.push("other work"));
  const request = { similarTo: "red", diversity: { lambda: 0.5 }, first: 1, withTotal: false, withEmbeddings: false };
  await search.search([request, request]);
  order.push("searches");
  expect(order).toEqual(["other work", "searches"]);
});

it("a product that cannot be read fails the searches that found it, and no other of the operation", async () => {
  const { search, index } = await openShop([shopProduct("red"), shopProduct("blue")]);
  const failure = new Error("its shard is away");
  const get = index.get.bind(index);
  index.get = async (ids) => (await get(ids)).map((each, i) => (ids[i] === "red" ? failure : each));
  const asked = (request: Partial<SearchRequest>) => ({ ...request, withTotal: false, withEmbeddings: false });
  const pages = await search.search([
    asked({ text: "red blue", first: 2 }),
    asked({ text: "blue", mode: "LEXICAL", first: 1 }),
    asked({ first: 2 }),
  ]);
  const found = pages.map((page) => (page instanceof Error ? page : idsOf(page)));
  expect(found).toEqual([failure, ["blue"], ["blue", "red"]]);
});

it("a query is told of once, where a product holds its words", async () => {
  const asked: string[] = [];
  const listener = { asked: (text: string) => void asked.push(text) };
  const { page } = await openShop([shopProduct("red shoe"), shopProduct("red boot")], new MemoryIndex(), { queries: listener });
  const after = (await page({ text: "red", first: 1 })).hits[0]?.cursor();
  await page({ text: "red", first: 1, after });
  await page({ text: "red", last: 1, before: after });
  await page({ text: "sofa" });
  await page({ image: Buffer.from("red") });
  expect(asked).toEqual(["red"]);
});

describe("what is empty", () => {
  it.each<[string, Partial<SearchRequest>, string[], string]>([
    ["text", { text: "" }, ["text"], "text is empty: give words, or leave it out."],
    ["imageUrl", { imageUrl: "" }, ["imageUrl"], "imageUrl is empty: give a picture's URL, or leave it out."],
    ["similarTo", { similarTo: " " }, ["similarTo"], "similarTo is empty: give a product's id, or leave it out."],
    ["a part's text", { mix: [{ text: " " }] }, ["mix", "0", "text"], "text is empty: give words, or leave it out."],
    [
      "a part's imageUrl",
      { mix: [{ imageUrl: "" }] },
      ["mix", "0", "imageUrl"],
      "imageUrl is empty: give a picture's URL, or leave it out.",
    ],
    [
      "a part's similarTo",
      { mix: [{ similarTo: "" }] },
      ["mix", "0", "similarTo"],
      "similarTo is empty: give a product's id, or leave it out.",
    ],
  ])("does not pass for what is left out: %s", async (_, request, field, message) => {
    await expect((await SHOP).page(request)).rejects.toMatchObject({ code: "BAD_USER_INPUT", message, options: { field } });
  });

  it("is no embedding and no cursor either", async () => {
    const shop = await SHOP;
    await expect(shop.page({ embedding: [] })).rejects.toMatchObject({ code: "BAD_USER_INPUT", options: { field: ["embedding"] } });
    await expect(shop.page({ after: "" })).rejects.toMatchObject({ code: "BAD_CURSOR", options: { field: ["after"] } });
    await expect(shop.page({ last: 3, before: "" })).rejects.toMatchObject({ code: "BAD_CURSOR", options: { field: ["before"] } });
  });
});
