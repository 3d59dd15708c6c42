import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { normalize } from "../../src/domain/embedding.js";
import { categoryQueries, productQueries, titleQueries } from "../../src/evaluate/evaluation-query.js";
import { modalityGap } from "../../src/evaluate/modality-gap.js";
import { readQueries } from "../../src/evaluate/read-queries.js";
import { halves, sample } from "../../src/evaluate/sample.js";
import { zeroShot } from "../../src/evaluate/zero-shot.js";

const PRODUCTS = [
  { id: "1", title: "Red lamp", categories: ["Lamps", "Home"] },
  { id: "2", title: "Blue lamp", categories: ["Lamps"] },
  { id: "3", title: "Sofa", categories: ["Home"] },
  { id: "4", title: "Sofa", categories: [] },
  { id: "5", title: "", categories: ["Toys"] },
];

describe("the queries that a catalogue gives", () => {
  it("ask for each category, in each wording", () => {
    const queries = categoryQueries(PRODUCTS, ["{}", "buy {}"]);
    expect(queries.map(({ asked }) => asked.text)).toEqual(["Lamps", "buy Lamps", "Home", "buy Home", "Toys", "buy Toys"]);
    expect(queries[1]?.relevant).toEqual(new Set(["1", "2"]));
  });

  it("ask for a category by its very name, dollars included", () => {
    const [query] = categoryQueries([{ id: "1", title: "", categories: ["Under $$10 $& more"] }], ["gifts: {}, {}"]);
    expect(query?.asked.text).toBe("gifts: Under $$10 $& more, Under $$10 $& more");
  });

  it("ask for each distinct title, which all products of that title answer", () => {
    const found = titleQueries(PRODUCTS).map(({ name, relevant }) => [name, [...relevant]]);
    expect(found).toEqual([
      ["Red lamp", ["1"]],
      ["Blue lamp", ["2"]],
      ["Sofa", ["3", "4"]],
    ]);
  });

  it("ask with each product that has a category for those that share one", () => {
    const found = productQueries(PRODUCTS).map(({ asked, relevant }) => [asked.similarTo, [...relevant].sort()]);
    expect(found).toEqual([
      ["1", ["1", "2", "3"]],
      ["2", ["1", "2"]],
      ["3", ["1", "3"]],
      ["5", ["5"]],
    ]);
  });
});

describe("readQueries", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "likeness-queries-"));
    await writeFile(join(folder, "lamp.jpg"), "a picture");
  });
  afterAll(() => rm(folder, { recursive: true }));
  const read = async (...lines: string[]) => {
    const file = join(folder, "queries.ndjson");
    await writeFile(file, lines.join("\n"));
    return await readQueries(file, PRODUCTS);
  };

  it("reads texts and pictures, judged by ids or by category", async () => {
    const found = await read('{"text":"a lamp","category":"Lamps"}', "", '{"image":"lamp.jpg","relevant":["1"]}');
    expect(found.texts).toEqual([{ name: "a lamp", asked: { text: "a lamp" }, relevant: new Set(["1", "2"]) }]);
    expect(found.pictures).toEqual([{ name: "lamp.jpg", asked: { image: Buffer.from("a picture") }, relevant: new Set(["1"]) }]);
    expect(found.byCategory).toBe(true);
    expect((await read('{"text":"a lamp","relevant":["1"]}')).byCategory).toBe(false);
  });

  it.each([
    ["no JSON", "{"],
    ["neither text nor picture", '{"relevant":["1"]}'],
    ["both", '{"text":"a","image":"lamp.jpg","relevant":["1"]}'],
    ["no judgement", '{"text":"a"}'],
    ["a misspelt field", '{"text":"a","relevent":["1"]}'],
    ["a category that no product has", '{"text":"a","category":"Cars"}'],
    ["an id that no product has", '{"text":"a","relevant":["9"]}'],
    ["a picture that is not there", '{"image":"none.jpg","relevant":["1"]}'],
    ["a text longer than a search takes", JSON.stringify({ text: "a".repeat(2001), relevant: ["1"] })],
  ])("refuses a line with %s by its number", async (_, line) => {
    await expect(read('{"text":"a lamp","category":"Lamps"}', line)).rejects.toMatchObject({
      code: "BAD_USER_INPUT",
      message: expect.stringContaining("line 2"),
    });
  });

  it("tells a folder, and what can be read only once, from a file that is not there", async () => {
    for (const path of [folder, "/dev/null"])
      await expect(readQueries(path, PRODUCTS)).rejects.toThrow(`${path} is a folder, a pipe or a device`);
    await expect(readQueries(join(folder, "none"), PRODUCTS)).rejects.toThrow("There is no file");
  });

  it("refuses a file without a query, by which nothing would be judged", async () => {
    await expect(read("", " ")).rejects.toThrow("queries.ndjson holds no query");
  });
});

describe("sample and halves", () => {
  const ids = fc.uniqueArray(fc.string(), { maxLength: 60 });

  it("draw the same elements whatever their order, and all when there are few", () => {
    fc.assert(
      fc.property(ids, fc.nat(70), (all, count) => {
        const drawn = sample(all, count, (id) => id);
        expect(drawn).toHaveLength(Math.min(count, all.length));
        expect(new Set(sample(all.toReversed(), count, (id) => id))).toEqual(new Set(drawn));
      }),
    );
  });

  it("put each element in one half, the same one whatever else there is", () => {
    fc.assert(
      fc.property(ids, ids, (all, others) => {
        const [first, second] = halves(all, (id) => id);
        expect([...first, ...second].sort()).toEqual([...all].sort());
        const [again] = halves([...new Set([...others, ...all])], (id) => id);
        for (const id of first) expect(again).toContain(id);
      }),
    );
  });
});

describe("modalityGap", () => {
  it("is the distance of the two centres, worked by hand", () => {
    const east = normalize([1, 0]);
    const north = normalize([0, 1]);
    expect(modalityGap([east, east], [north])).toBeCloseTo(Math.SQRT2, 6);
    expect(modalityGap([east, north], [north, east])).toBe(0);
    expect(modalityGap([east], [normalize([-1, 0])])).toBe(2);
    expect(modalityGap([], [east])).toBeNull();
  });
});

describe("zeroShot", () => {
  it("counts pictures whose nearest category is their own, the texts of a category averaged", () => {
    const at = (degrees: number) => normalize([Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)]);
    const pictured = (id: string, degrees: number, ...categories: string[]) => ({
      id,
      title: "",
      categories,
      imageEmbedding: at(degrees),
      textEmbedding: null,
    });
    const texts = new Map([
      ["Lamps", [at(-40), at(40)]],
      ["Toys", [at(90)]],
    ]);
    const products = [pictured("1", 10, "Lamps"), pictured("2", 80, "Lamps"), pictured("3", 80, "Lamps", "Toys"), pictured("4", 10)];
    expect(zeroShot(texts, products)).toEqual({ pictures: 3, categories: 2, top1: 2 / 3 });
    expect(zeroShot(texts, [])).toBeNull();
  });
});
