import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AccessKeys } from "../../src/domain/access.js";
import { createContext, type Services } from "../../src/graphql/context.js";
import { MemoryIndex } from "../../src/indexes/memory/memory-index.js";
import { WatchedIndex } from "../../src/indexes/watched-index.js";
import { fillSuggestions } from "../../src/search/suggest/fill-suggestions.js";
import { Suggestions } from "../../src/search/suggest/suggestions.js";
import { Vocabulary } from "../../src/search/suggest/vocabulary.js";
import { catalogue, product, stored } from "../contract/catalogue.js";

function shop(): Suggestions {
  const suggestions = new Suggestions();
  suggestions.put(product("1", { title: "Running shoes", brand: "Nike", categories: ["Footwear"] }));
  suggestions.put(product("2", { title: "Rubber boots", brand: "Aigle", categories: ["Footwear"] }));
  suggestions.put(product("3", { title: "Café table", brand: "Nikolai", categories: ["Furniture"] }));
  return suggestions;
}
const texts = (suggestions: Suggestions, prefix: string, first = 8) => suggestions.suggest(prefix, first).map(({ text }) => text);

describe("Suggestions", () => {
  it.each([
    ["the beginning of a title", "run", ["Running shoes"]],
    ["a word inside a title", "shoe", ["Running shoes"]],
    ["two unfinished words", "sho run", ["Running shoes"]],
    ["capitals and accents", "CAFE", ["Café table"]],
    ["a category", "footw", ["Footwear"]],
    ["brands", "nik", ["Nike", "Nikolai"]],
    ["a changed letter", "rubbar", ["Rubber boots"]],
    ["a letter left out", "runing sho", ["Running shoes"]],
    ["two letters swapped", "nkie", ["Nike"]],
    ["a wrong first letter", "vunning", ["Running shoes"]],
    ["nothing like it", "zzzz", []],
    ["one short letter that nothing has", "zz", []],
    ["no word", " - ", []],
    ["two changed letters of a long word", "fvrnitvre", ["Furniture"]],
    ["a changed letter of a short word", "rvn", []],
  ])("finds %s", (_, prefix, expected) => {
    expect(texts(shop(), prefix)).toEqual(expected);
  });

  it("looks for each word once, however often it is typed", () => {
    expect(texts(shop(), `${"run ".repeat(8)} sho`)).toEqual(["Running shoes"]);
    expect(texts(shop(), `${"run ".repeat(8)} boot`)).toEqual([]);
  });

  it("puts what begins so before what merely contains it, and gives no more than asked for", () => {
    const suggestions = shop();
    suggestions.put(product("4", { title: "Trail running vest" }));
    expect(texts(suggestions, "run")).toEqual(["Running shoes", "Trail running vest"]);
    expect(texts(suggestions, "run", 1)).toEqual(["Running shoes"]);
  });

  it("puts first what more products have, as they come and go", () => {
    const suggestions = new Suggestions();
    suggestions.put(product("1", { categories: ["Shawls"] }));
    suggestions.put(product("2", { categories: ["Shirts"] }));
    expect(texts(suggestions, "sh")).toEqual(["Shawls", "Shirts"]);
    suggestions.put(product("3", { categories: ["Shirts"] }));
    expect(texts(suggestions, "sh")).toEqual(["Shirts", "Shawls"]);
    suggestions.remove("2");
    expect(texts(suggestions, "sh")).toEqual(["Shawls", "Shirts"]);
  });

  it("puts a category and a brand before what was asked, and that before a title", () => {
    const suggestions = new Suggestions();
    suggestions.put(product("1", { title: "Lamp d", brand: "Lamp b", categories: ["Lamp a"] }));
    suggestions.put(product("2", { title: "c" }));
    suggestions.asked("lamp c");
    expect(texts(suggestions, "lamp")).toEqual(["Lamp a", "Lamp b", "lamp c", "Lamp d"]);
  });

  it("puts first what was asked more often", () => {
    const suggestions = shop();
    for (const query of ["rubber boots", "rubber shoes", "rubber shoes"]) suggestions.asked(query);
    expect(texts(suggestions, "rubber ")).toEqual(["rubber shoes", "rubber boots"]);
  });

  it("puts first what has fewer typos, in all words together", () => {
    const suggestions = new Suggestions();
    suggestions.put(product("1", { title: "Black table" }));
    suggestions.put(product("2", { title: "Black cable table" }));
    expect(texts(suggestions, "cable blakc")).toEqual(["Black cable table", "Black table"]);
  });

  it("names a product for a title, and none for the rest", () => {
    expect(shop().suggest("rubber", 8)).toEqual([{ text: "Rubber boots", kind: "PRODUCT", productId: "2" }]);
    expect(shop().suggest("aigle", 8)).toEqual([{ text: "Aigle", kind: "BRAND", productId: null }]);
  });

  it("follows changes and removals", () => {
    const suggestions = shop();
    suggestions.put(product("1", { title: "Walking sticks", categories: ["Footwear"] }));
    expect(texts(suggestions, "run")).toEqual([]);
    expect(texts(suggestions, "nike")).toEqual(["Nikolai"]);
    expect(texts(suggestions, "walk")).toEqual(["Walking sticks"]);
    suggestions.remove("1");
    suggestions.remove("2");
    expect(texts(suggestions, "foot")).toEqual([]);
    expect(texts(suggestions, "walk")).toEqual([]);
    suggestions.put(product("5", { title: "Running shoes" }));
    expect(suggestions.suggest("run", 8)).toEqual([{ text: "Running shoes", kind: "PRODUCT", productId: "5" }]);
  });

  it("remembers what was asked, once, if the catalogue knows the words", () => {
    const suggestions = shop();
    suggestions.asked("Rubber  shoes");
    suggestions.asked("rubber shoes");
    suggestions.asked("running john doe 0123");
    suggestions.asked("running shoes");
    expect(suggestions.suggest("rubber s", 8)).toEqual([{ text: "rubber shoes", kind: "QUERY", productId: null }]);
    expect(texts(suggestions, "john")).toEqual([]);
    expect(texts(suggestions, "running")).toEqual(["running shoes"]);
  });

  it("forgets what was asked once the catalogue has lost one of its words", () => {
    const suggestions = shop();
    suggestions.put(product("4", { title: "Rubber duck" }));
    suggestions.asked("rubber boots");
    expect(texts(suggestions, "rubber b")).toEqual(["rubber boots"]);
    suggestions.remove("2");
    expect(texts(suggestions, "rubber")).toEqual(["Rubber duck"]);
  });

  it("remembers no query of more than eight words", () => {
    const suggestions = shop();
    const eight = "running shoes rubber boots café table nike aigle";
    suggestions.asked(`${eight} footwear`);
    expect(texts(suggestions, "running shoes")).toEqual(["Running shoes"]);
    suggestions.asked(eight);
    expect(texts(suggestions, "running shoes")).toEqual([eight, "Running shoes"]);
  });

  it("forgets the query that was asked longest ago, beyond 10,000", () => {
    const suggestions = new Suggestions();
    for (let i = 100; i <= 200; i++) suggestions.put(product(`${i}`, { title: `a${i}`, brand: `b${i}` }));
    for (let i = 0; i < 10_000; i++) suggestions.asked(`a${100 + (i % 100)} b${100 + Math.floor(i / 100)}`);
    suggestions.asked("a100 b100");
    suggestions.asked("a200 b200");
    expect(texts(suggestions, "a100 b100")).toContain("a100 b100");
    expect(texts(suggestions, "a101 b100")).not.toContain("a101 b100");
  });

  it("gives a text once however often it is written otherwise, and then others", () => {
    const suggestions = new Suggestions();
    const ways = Array.from({ length: 16 }, (_, i) =>
      [..."nike"].map((letter, k) => (i & (1 << k) ? letter.toUpperCase() : letter)).join(""),
    );
    ways.forEach((title, i) => suggestions.put(product(`${i}`, { title })));
    suggestions.put(product("other", { title: "Trousers by Nike" }));
    expect(texts(suggestions, "nike", 2)).toEqual([expect.stringMatching(/^nike$/i), "Trousers by Nike"]);
  });

  // Does not end in a test's time if each change goes through all products that share its words.
  it("takes changes and removals of products that share their words with many others", () => {
    const suggestions = new Suggestions();
    const count = 150_000;
    const put = (from: number, to: number, word: string) => {
      for (let i = from; i < to; i++) suggestions.put(product(`${i}`, { title: `Steel bracket ${word}${i}`, categories: ["Home"] }));
    };
    put(0, count, "a");
    put(0, 5_000, "b");
    for (let i = 5_000; i < 10_000; i++) suggestions.remove(`${i}`);
    for (let i = 0; i < 1_000; i++) suggestions.asked("steel bracket");
    expect(texts(suggestions, "b4999")).toEqual(["Steel bracket b4999"]);
    expect(texts(suggestions, "a4999")).not.toContain("Steel bracket a4999");
    expect(texts(suggestions, "a9999")).not.toContain("Steel bracket a9999");
  });

  it("keeps texts apart after a product has gone that named a category twice", () => {
    const suggestions = new Suggestions();
    suggestions.put(product("1", { title: "Table", categories: ["Home", "Home"] }));
    suggestions.remove("1");
    suggestions.put(product("2", { title: "Lamp", brand: "Acme" }));
    expect([texts(suggestions, "lamp"), texts(suggestions, "acme")]).toEqual([["Lamp"], ["Acme"]]);
  });

  it("knows the same products whatever it went through to get there", () => {
    const change = fc.record({ id: fc.nat(5), title: fc.option(fc.constantFrom("red shoe", "red boot", "green shoe", "sofa")) });
    fc.assert(
      fc.property(
        fc.array(change),
        fc.constantFrom("r", "sh", "red", "gren", "so", "bo re"),
        fc.integer({ min: 1, max: 8 }),
        (changes, prefix, first) => {
          const [changed, fresh] = [new Suggestions(), new Suggestions()];
          const last = new Map<number, string>();
          for (const { id, title } of changes) {
            if (title === null) {
              changed.remove(`${id}`);
              last.delete(id);
            } else {
              changed.put(product(`${id}`, { title }));
              last.set(id, title);
            }
          }
          for (const [id, title] of last) fresh.put(product(`${id}`, { title }));
          expect(texts(changed, prefix, first)).toEqual(texts(fresh, prefix, first));
        },
      ),
    );
  });
});

describe("the suggestions of one operation", () => {
  it("come in order, and between two of them other work has its turn", async () => {
    const events: string[] = [];
    class Watched extends Suggestions {
      override suggest(prefix: string, first: number) {
        events.push(prefix);
        return super.suggest(prefix, first);
      }
    }
    const services = { suggestions: new Watched(), copies: null } as unknown as Services;
    const caller = {
      requestId: "1",
      access: new AccessKeys({ read: [], write: [] }).accessOf(undefined),
      signal: new AbortController().signal,
      errorCodes: [],
    };
    const { suggestions } = createContext(services, caller, null);
    let isOver = false;
    const otherWork = (): void => {
      events.push("other");
      if (!isOver) setImmediate(otherWork);
    };
    setImmediate(otherWork);
    await Promise.all(["a", "b", "c"].map((prefix) => suggestions.load({ prefix, first: 8 })));
    isOver = true;
    expect(events.join(" ")).toMatch(/a other( other)* b other( other)* c/);
  });
});

describe("Vocabulary", () => {
  /** The same distance, cell by cell, of what was typed to every beginning of a word. */
  function fewestTypos(typed: string, word: string): number {
    const d = Array.from({ length: word.length + 1 }, () => new Array<number>(typed.length + 1).fill(0));
    const at = (i: number, j: number) => d[i]?.[j] as number;
    for (let i = 0; i <= word.length; i++) {
      for (let j = 0; j <= typed.length; j++) {
        const options =
          i === 0 || j === 0 ? [i + j] : [at(i - 1, j) + 1, at(i, j - 1) + 1, at(i - 1, j - 1) + Number(word[i - 1] !== typed[j - 1])];
        if (i > 1 && j > 1 && word[i - 1] === typed[j - 2] && word[i - 2] === typed[j - 1]) options.push(at(i - 2, j - 2) + 1);
        (d[i] as number[])[j] = Math.min(...options);
      }
    }
    return Math.min(...d.map((row) => row[typed.length] as number));
  }

  // Does not end in a test's time if each word moves half of the others.
  it("takes hundreds of thousands of words in any order", () => {
    const vocabulary = new Vocabulary();
    for (let i = 0; i < 500_000; i++) vocabulary.add(`art${(i * 7919) % 1_000_003}`);
    expect(vocabulary.beginningWith("art7919").map(({ word }) => word)).toContain("art7919");
  });

  it("finds words whether they were added before or after another look", () => {
    const word = fc.string({ unit: fc.constantFrom("a", "b", "é", "👟"), minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(fc.array(word), fc.array(word), (before, after) => {
        const vocabulary = new Vocabulary();
        for (const each of before) vocabulary.add(each);
        vocabulary.beginningWith("");
        for (const each of after) vocabulary.add(each);
        expect(vocabulary.beginningWith("").map((each) => each.word)).toEqual([...new Set([...before, ...after])].sort());
      }),
    );
  });

  it("finds exactly the words with a beginning near enough", () => {
    const word = fc.string({ unit: fc.constantFrom("a", "b", "c"), minLength: 1, maxLength: 7 });
    fc.assert(
      fc.property(fc.uniqueArray(word, { maxLength: 30 }), word, fc.constantFrom(0, 1, 2), (words, typed, most) => {
        const vocabulary = new Vocabulary();
        for (const each of words) vocabulary.add(each);
        const expected = [...words].sort().flatMap((each) => {
          const typos = fewestTypos(typed, each);
          return typos <= most ? [{ word: each, typos }] : [];
        });
        expect(vocabulary.near(typed, most)).toEqual(expected);
        expect(vocabulary.beginningWith(typed).map((each) => each.word)).toEqual(
          [...words].sort().filter((each) => each.startsWith(typed)),
        );
      }),
      { numRuns: 500 },
    );
  });
});

describe("fillSuggestions", () => {
  it("does not learn again what is removed while its page is read", async () => {
    const memory = new MemoryIndex();
    const index = new WatchedIndex(memory);
    await index.upsert([stored("kept", { title: "Steel table" }), stored("lost", { title: "Steel chair" })]);
    const suggestions = new Suggestions();
    index.watch(suggestions);
    const search = memory.search.bind(memory);
    memory.search = async (queries) => {
      const pages = await search(queries);
      await index.delete(["lost"]);
      return pages;
    };
    await fillSuggestions(index, suggestions, new AbortController().signal);
    expect(texts(suggestions, "steel")).toEqual(["Steel table"]);
    await index.upsert([stored("lost", { title: "Steel chair" })]);
    expect(texts(suggestions, "steel c")).toEqual(["Steel chair"]);
  });

  it("hears nothing of a product that the index could not write or remove", async () => {
    const memory = new MemoryIndex();
    await memory.ensureReady({ modelId: "m", dimension: 2 });
    const index = new WatchedIndex(memory);
    const suggestions = new Suggestions();
    index.watch(suggestions);
    await index.upsert([
      stored("a", { title: "Steel table" }),
      stored("b", { title: "Steel chair" }, { imageEmbedding: new Float32Array(3) }),
    ]);
    memory.delete = async (ids) => ids.map(() => new Error("its shard is away"));
    await index.delete(["a"]);
    expect(texts(suggestions, "steel")).toEqual(["Steel table"]);
  });

  it("learns what an index held before, and from then on what is written", async () => {
    const index = new WatchedIndex(new MemoryIndex());
    await index.upsert(catalogue(2500));
    const suggestions = new Suggestions();
    index.watch(suggestions);
    await index.upsert([stored("p7", { title: "Newer than the rest" })]);
    await fillSuggestions(index, suggestions, new AbortController().signal);
    expect(texts(suggestions, "product p2499")).toEqual(["Product p2499"]);
    expect(texts(suggestions, "newer")).toEqual(["Newer than the rest"]);
    expect(texts(suggestions, "product p7", 50)).not.toContain("Product p7");
    await index.delete(["p2499"]);
    expect(texts(suggestions, "product p2499")).not.toContain("Product p2499");
  });

  it("ends with the page that is read when it is no longer wanted", async () => {
    const index = new MemoryIndex();
    await index.upsert(catalogue(2500));
    const [suggestions, end] = [new Suggestions(), new AbortController()];
    const search = index.search.bind(index);
    let pages = 0;
    index.search = async (queries) => {
      pages++;
      end.abort();
      return await search(queries);
    };
    await fillSuggestions(index, suggestions, end.signal);
    expect(pages).toBe(1);
  });
});
