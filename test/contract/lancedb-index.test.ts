import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, readlink, rm, stat, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { type Logger, pino } from "pino";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Outcome } from "../../src/domain/ports.js";
import type { IndexPage, ProductFilter } from "../../src/domain/search.js";
import { filterSql } from "../../src/indexes/lancedb/filter-sql.js";
import { LanceDbIndex } from "../../src/indexes/lancedb/lancedb-index.js";
import { LanceDbReader } from "../../src/indexes/lancedb/lancedb-reader.js";
import { attributeKey } from "../../src/indexes/lancedb/schema.js";
import { MemoryIndex } from "../../src/indexes/memory/memory-index.js";
import { by, catalogue, MODEL, query, randomEmbedding, randomNumbers, stored } from "./catalogue.js";

let dataDir: string;
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "likeness-lancedb-"));
});
afterEach(() => rm(dataDir, { recursive: true, force: true }));

function idsOf(page: Outcome<IndexPage>): string[] {
  if (page instanceof Error) throw page;
  return page.matches.map(({ id }) => id);
}

async function open(exactRows?: number, log?: Logger): Promise<LanceDbIndex> {
  const index = new LanceDbIndex({ dataDir, exactRows, memoryBytes: 64 * 1024 * 1024, log });
  await index.ensureReady(MODEL);
  return index;
}

describe("LanceDbIndex: its folder", () => {
  it("is one index's at a time, and keeps its products", async () => {
    const first = await open();
    await first.upsert([stored("a")]);
    await expect(open()).rejects.toMatchObject({ code: "INDEX_UNAVAILABLE", message: expect.stringContaining("in use by this process") });
    await first.close();
    const second = await open();
    expect(await second.get(["a"])).toEqual([stored("a")]);
    await second.close();
    const other = new LanceDbIndex({ dataDir });
    await expect(other.ensureReady({ ...MODEL, modelId: "other" })).rejects.toMatchObject({
      code: "MODEL_MISMATCH",
      message: expect.stringContaining("LIKENESS_DATA_DIR"),
    });
    await (await open()).close();
  });

  it("is refused to a second process, and opens again after the first was killed", async () => {
    const script = `
      import { LanceDbIndex } from "./src/indexes/lancedb/lancedb-index.ts";
      import { stored, MODEL } from "./test/contract/catalogue.ts";
      const index = new LanceDbIndex({ dataDir: process.argv[1] });
      await index.ensureReady(MODEL);
      await index.upsert([stored("durable")]);
      console.log("written");
      for (let i = 0; ; i++) await index.upsert([stored("busy" + i)]);`;
    const child = spawn(process.execPath, ["--import", "tsx", "--input-type=module", "-e", script, dataDir], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    try {
      await once(child.stdout, "data");
      await expect(open()).rejects.toMatchObject({ code: "INDEX_UNAVAILABLE", message: expect.stringContaining(`process ${child.pid}`) });
    } finally {
      const gone = once(child, "exit");
      child.kill("SIGKILL");
      await gone;
    }
    const index = await open();
    expect(await index.get(["durable"])).toEqual([stored("durable")]);
    expect(await index.upsert([stored("durable"), stored("next")])).toEqual(["updated", "created"]);
    await index.close();
  });

  it.runIf(existsSync("/proc/self/stat"))("opens though nobody has waited for the end of the process that had it", async () => {
    // The shell becomes a program that knows nothing of the child.
    const parent = spawn("sh", ["-c", "sleep 0.1 & echo $!; exec sleep 60"], { stdio: ["ignore", "pipe", "inherit"] });
    try {
      const [printed] = (await once(parent.stdout, "data")) as [Buffer];
      const pid = Number(printed.toString());
      const fields = async () => (await readFile(`/proc/${pid}/stat`, "utf8")).replace(/^.*\) /, "").split(" ");
      await expect.poll(async () => (await fields())[0]).toBe("Z");
      await writeFile(join(dataDir, "likeness.lock"), JSON.stringify({ pid, startedAt: (await fields())[19] }));
      await (await open()).close();
    } finally {
      parent.kill();
    }
  });

  it("is another container's while that touches its lock, and nobody's once it does not", async () => {
    const lock = join(dataDir, "likeness.lock");
    await writeFile(lock, JSON.stringify({ pid: process.pid, startedAt: "1", place: "another container" }));
    // In a process of its own, as the one that opens the folder waits and watches.
    const other = spawn("sh", ["-c", `while true; do sleep 0.5; touch ${lock}; done`], { stdio: "ignore" });
    await expect(open()).rejects.toMatchObject({ code: "INDEX_UNAVAILABLE", message: expect.stringContaining("in use by") });
    other.kill();
    await once(other, "exit");
    await (await open()).close();
  }, 30_000);

  it("is touched by who has it, so that another container sees that", async () => {
    const index = await open();
    const touched = async () => (await stat(join(dataDir, "likeness.lock"))).mtimeMs;
    const before = await touched();
    await expect.poll(touched, { timeout: 10_000 }).not.toBe(before);
    await index.close();
  }, 20_000);
});

describe("LanceDbIndex: its end", () => {
  it("is no fault to log, for a search that is still under way then", async () => {
    const lines: string[] = [];
    const index = await open(undefined, pino({ level: "warn" }, { write: (line: string) => lines.push(line) }));
    await index.upsert(catalogue(50));
    const closing = index.close();
    // Its products are read after its list, when the table is closed.
    const [page] = await index.search([query({ withProducts: true, withEmbeddings: true })]);
    expect(page).toMatchObject({ code: "INDEX_UNAVAILABLE", message: "The product index is not open." });
    await closing;
    expect(lines).toEqual([]);
  });
});

describe("LanceDbIndex: its folder after a crash or a fault", () => {
  it("opens though a kill left its lock without a name", async () => {
    await writeFile(join(dataDir, "likeness.lock"), "");
    await (await open()).close();
  }, 20_000);

  it("is refused, not waited for, where its lock cannot be read", async () => {
    await mkdir(join(dataDir, "likeness.lock"));
    await expect(open()).rejects.toMatchObject({ code: "INDEX_UNAVAILABLE", message: expect.stringContaining("likeness.lock") });
  });

  it("is neither written nor counted while its lock is another's or gone, and is again once that is back", async () => {
    const lock = join(dataDir, "likeness.lock");
    const lost = { code: "INDEX_UNAVAILABLE", message: expect.stringContaining(dataDir) };
    const index = await open();
    await index.upsert([stored("a")]);
    const own = await readFile(lock, "utf8");
    for (const lose of [() => writeFile(lock, "{}"), () => rm(lock)]) {
      await lose();
      expect(await index.upsert([stored("b")])).toMatchObject([lost]);
      expect(await index.delete(["a"])).toMatchObject([lost]);
      await expect(index.count()).rejects.toMatchObject(lost);
      await writeFile(lock, own);
      expect(await index.count()).toBe(1);
    }
    expect(await index.upsert([stored("b")])).toEqual(["created"]);
    await writeFile(lock, "{}");
    await index.close();
    expect(await readFile(lock, "utf8")).toBe("{}");
  });

  it("opens though a kill left its table half made, but not where a table has lost its versions", async () => {
    await (await open()).close();
    const table = join(dataDir, "products.lance");
    await rm(join(table, "_versions"), { recursive: true });
    const index = await open();
    await index.upsert([stored("a")]);
    await index.close();
    await rm(join(table, "_versions"), { recursive: true });
    const unreadable = { code: "INDEX_UNAVAILABLE", message: expect.stringContaining(dataDir) };
    await expect(open()).rejects.toMatchObject(unreadable);
    await expect(LanceDbReader.open(dataDir)).rejects.toMatchObject(unreadable);
    expect(await readdir(join(table, "data"))).toHaveLength(1);
  });

  it.each(["{", '{ "generation": "generation-9", "previous": "." }'])(
    "is not taken for an empty one by a serving.json of %s",
    async (text) => {
      await (await open()).close();
      await writeFile(join(dataDir, "serving.json"), text);
      await expect(open()).rejects.toMatchObject({ code: "INDEX_UNAVAILABLE", message: expect.stringContaining("serving.json") });
      expect(await readdir(dataDir)).not.toContain("generation-9");
    },
  );

  it("says which files a reader cannot read", async () => {
    const index = await open();
    await index.upsert([stored("a")]);
    await index.close();
    const data = join(dataDir, "products.lance", "data");
    for (const name of await readdir(data)) await truncate(join(data, name), 10);
    const unreadable = { code: "INDEX_UNAVAILABLE", message: expect.stringContaining(dataDir) };
    const reader = await LanceDbReader.open(dataDir);
    expect(await reader.search([query()])).toMatchObject([unreadable]);
    expect(await reader.get(["a"])).toMatchObject([unreadable]);
    reader.close();
  });

  it("does not fill with the folders of old indexes", async () => {
    const words = query({ order: { kind: "lexical", words: ["product"] } });
    const write = async (index: LanceDbIndex, id: string) => {
      await index.upsert([stored(id)]);
      expect((await index.search([words])).map(idsOf)[0]).toContain(id);
    };
    const first = await open();
    for (const id of ["a", "b", "c"]) await write(first, id);
    await first.close();
    // Old versions are kept for a while.
    vi.spyOn(Date, "now").mockReturnValue(Date.now() + 3_600_000);
    const second = await open();
    await write(second, "d");
    await second.close();
    vi.restoreAllMocks();
    const indices = join(dataDir, "products.lance", "_indices");
    for (const name of await readdir(indices)) expect(await readdir(join(indices, name))).not.toEqual([]);
  });
});

describe("LanceDbIndex: its words", () => {
  const find = async (index: LanceDbIndex, word: string) =>
    (await index.search([query({ order: { kind: "lexical", words: [word] } })])).map(idsOf);

  it.runIf(existsSync("/proc/self/fd"))("hold few files open, however often they were put in order", async () => {
    const index = new LanceDbIndex({ dataDir, engineBytes: 1_000_000 });
    await index.ensureReady(MODEL);
    // Of a small word index the engine keeps no file open.
    await index.upsert(Array.from({ length: 500 }, (_, i) => stored(`long${i}`, { title: `lens w${i} x${i % 7} y${i % 11} z${i % 13}` })));
    for (let i = 0; i < 20; i++) {
      await index.upsert([stored(`p${i}`, { title: `camera ${i}` })]);
      expect(await find(index, `${i}`)).toEqual([[`p${i}`]]);
    }
    const files = await Promise.all((await readdir("/proc/self/fd")).map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => "")));
    expect(files.filter((path) => path.includes(dataDir) && path.includes("_indices")).length).toBeLessThan(20);
    await index.close();
  });

  it("go on when a word has gone with its last product and new ones come, which the engine's own update does not survive", async () => {
    const index = await open();
    await index.upsert([stored("a", { title: "camera" }), stored("b", { title: "unusual telescope" }), stored("c", { title: "shoe" })]);
    expect(await find(index, "camera")).toEqual([["a"]]);
    await index.delete(["b"]);
    expect(await find(index, "camera")).toEqual([["a"]]);
    await index.upsert([stored("d", { title: "bicycle" })]);
    expect(await find(index, "bicycle")).toEqual([["d"]]);
    await index.upsert([stored("e", { title: "lamp" }), stored("f", { title: "kettle" })]);
    expect(await find(index, "kettle")).toEqual([["f"]]);
    await index.upsert([stored("g", { title: "umbrella" })]);
    // A word with a mistake in it is looked up in the index alone, and not in what was written since.
    expect(await find(index, "umbrela")).toEqual([["g"]]);
    await index.close();
  });

  it("find what was just written in spite of a typo, however many come at once", async () => {
    const index = await open();
    await index.upsert([stored("a", { title: "telescope" })]);
    expect(await Promise.all(Array.from({ length: 3 }, () => find(index, "telescpe")))).toEqual([[["a"]], [["a"]], [["a"]]]);
    await index.close();
  });

  it("find what the first write of all brought in spite of a typo, also when the index was closed before a search", async () => {
    const first = await open();
    await first.upsert([stored("a", { title: "telescope" })]);
    await first.close();
    const index = await open();
    expect(await find(index, "telescpe")).toEqual([["a"]]);
    await index.close();
  });

  it("are counted up to 10,000 products, and said to have more behind these", async () => {
    const index = await open();
    await index.upsert(Array.from({ length: 10_000 }, (_, i) => stored(`${i}`, { title: i < 5000 ? "red shoe" : "shoe" })));
    const count = async (word: string) => {
      const lexical = query({ order: { kind: "lexical", words: [word] }, withTotal: true, facets: [{ field: "BRAND" }] });
      const [page] = await index.search([lexical]);
      return page instanceof Error ? page : page?.total;
    };
    expect(await count("shoe")).toEqual({ count: 10_000, relation: "EXACT" });
    await index.upsert([stored("one more", { title: "shoe" })]);
    expect(await count("shoe")).toEqual({ count: 10_000, relation: "LOWER_BOUND" });
    expect(await count("red")).toEqual({ count: 5000, relation: "EXACT" });
    await index.close();
  });
});

describe("LanceDbIndex: its filters", () => {
  const numbers = Array.from({ length: 1500 }, (_, i) => `${i}`);

  it.each<[string, ProductFilter, string[]]>([
    ["alternatives", { or: numbers.map((brand) => ({ brands: [brand] })) }, ["first", "last"]],
    ["conditions", { and: numbers.map((brand) => ({ not: { brands: [brand] } })) }, ["other"]],
    ["attributes", { attributes: numbers.map((value) => ({ name: "size", in: ["1", value] })) }, ["other"]],
  ])("do not overflow the engine's stack, though no request may have so many %s", async (_, filter, found) => {
    const embedding = randomEmbedding(randomNumbers(4));
    const index = await open();
    await index.upsert([
      stored("first", { brand: "0" }, { imageEmbedding: embedding }),
      stored("last", { brand: "1499" }, { imageEmbedding: embedding }),
      stored("other", { brand: "x", attributes: [{ name: "size", value: "1" }] }, { imageEmbedding: embedding }),
    ]);
    const pages = await index.search([query({ filter }), query({ filter, order: by("image", embedding) })]);
    expect(pages.map(idsOf)).toEqual([found, found]);
    await index.close();
  });
});

describe("LanceDbIndex: its vector indexes", () => {
  it("find nearly what brute force finds, new and filtered rows too", async () => {
    const products = catalogue(3000, 7);
    const [index, truth] = [await open(1000), new MemoryIndex()];
    await index.upsert(products.slice(0, 2500));
    for (let i = 2500; i < 3000; i += 10) await index.upsert(products.slice(i, i + 10));
    await truth.upsert(products);
    const random = randomNumbers(5);
    const queries = Array.from({ length: 60 }, (_, i) =>
      query({ order: by("image", randomEmbedding(random)), filter: [null, { brands: ["b1"] }, { inStock: true }][i % 3] ?? null }),
    );
    const [found, expected] = await Promise.all([index.search(queries), truth.search(queries)]);
    let common = 0;
    found.forEach((page, i) => {
      if (page instanceof Error) throw page;
      expect(page.matches).toHaveLength(10);
      const best = new Set((expected[i] as typeof page).matches.map((match) => match.id));
      common += page.matches.filter((match) => best.has(match.id)).length;
    });
    expect(common / 600).toBeGreaterThan(0.97);
    await index.close();
  });

  it("give way to a comparison of all rows where few pass a filter, changed ones too", async () => {
    const products = catalogue(3000, 7);
    const [index, truth] = [await open(1000), new MemoryIndex()];
    await Promise.all([index.upsert(products), truth.upsert(products)]);
    const random = randomNumbers(6);
    const look = async (filter: ProductFilter | null) => {
      const queries = Array.from({ length: 10 }, () => query({ order: by("image", randomEmbedding(random)), filter }));
      const [found, expected] = await Promise.all([index.search(queries), truth.search(queries)]);
      return { found: found.map(idsOf), expected: expected.map(idsOf) };
    };
    await look(null);
    const few = { brands: ["b1"] };
    for (const change of [[], products.slice(0, 40), products.slice(20, 30)]) {
      const changed = change.map((each, i) => ({ ...each, product: { ...each.product, brand: i % 2 ? "b1" : "b2" } }));
      await Promise.all([index.upsert(changed), truth.upsert(changed)]);
      const { found, expected } = await look(few);
      expect(found).toEqual(expected);
    }
    const gone = products.slice(0, 500).map(({ product }) => product.id);
    await Promise.all([index.delete(gone), truth.delete(gone)]);
    const { found, expected } = await look(few);
    expect(found).toEqual(expected);
    await index.close();
  });

  it("are not asked after a pause, when all is compared in memory, until the next write shows", async () => {
    const random = randomNumbers(8);
    const embeddings = Array.from({ length: 40 }, () => randomEmbedding(random));
    const twins = Array.from({ length: 30 }, (_, i) => stored(`twin${i}`, {}, { imageEmbedding: embeddings[i % 3] ?? null }));
    const products = [...catalogue(3000, 7), ...twins];
    const lines: string[] = [];
    const log = pino({ level: "debug" }, { write: (line: string) => lines.push(line) });
    const [index, truth] = [await open(1000, log), new MemoryIndex()];
    await Promise.all([index.upsert(products), truth.upsert(products)]);
    const queries = embeddings.flatMap((each) => [
      query({ order: by("image", each), limit: 7 }),
      query({ order: by("text", each), limit: 200, filter: { not: { brands: ["b1"] } } }),
    ]);
    await expect.poll(() => lines.filter((line) => line.includes("laid out")).length, { timeout: 30_000 }).toBe(2);
    const [found, expected] = await Promise.all([index.search(queries), truth.search(queries)]);
    expect(found.map(idsOf)).toEqual(expected.map(idsOf));
    const [first, second] = embeddings as [Float32Array, Float32Array];
    await index.upsert([stored("nearest", {}, { imageEmbedding: first }), stored("p1", {}, { imageEmbedding: second })]);
    const [nearest, changed] = await index.search([query({ order: by("image", first) }), query({ order: by("image", second) })]);
    expect([nearest, changed].map((page) => idsOf(page as Outcome<IndexPage>)[0])).toEqual(["nearest", "p1"]);
    await index.delete(["nearest"]);
    expect(idsOf((await index.search([query({ order: by("image", first) })]))[0] as Outcome<IndexPage>)).not.toContain("nearest");
    await index.close();
  });

  it("leave a pause's time to put many new words into their indexes, where typos find them", async () => {
    const products = catalogue(2100, 7);
    const index = await open(1000);
    await index.upsert(products.slice(0, 1500));
    const telescope = stored("new", { title: "Telescope" }, { imageEmbedding: products[0]?.imageEmbedding ?? null });
    await index.upsert([...products.slice(1500), telescope]);
    const look = async () => {
      const [page] = await index.search([query({ order: { kind: "lexical", words: ["telescpe"] } })]);
      return page instanceof Error ? page : page?.matches.map(({ id }) => id);
    };
    await expect.poll(look, { timeout: 30_000 }).toEqual(["new"]);
    await index.close();
  });
});

describe("filterSql", () => {
  it("keeps every string inside its literal", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom("'", '"', "\\", "-", ")", " ", "O", "R", "1", "=", "\u0000", "😀") }), (text) => {
        const sql = filterSql({ ids: [text], categories: [text], brands: [text], attributes: [{ name: text, in: [text] }] });
        const literals = sql.match(/'(?:[^']|'')*'/g) ?? [];
        expect(literals.map((each) => each.slice(1, -1).replaceAll("''", "'"))).toEqual([text, text, text, attributeKey(text, text)]);
        expect(sql.replaceAll(/'(?:[^']|'')*'/g, "?")).toBe(
          "((id IS NOT NULL AND id IN (?)) AND array_has_any(categories, [?]) AND (brand IS NOT NULL AND brand IN (?)) AND array_has_any(attributes, [?]))",
        );
      }),
    );
  });

  it("gives no two attributes one key", () => {
    const text = fc.string({ unit: fc.constantFrom("=", "%", "3", "D", "2", "5", "a") });
    fc.assert(
      fc.property(text, text, text, text, (name, value, otherName, otherValue) => {
        fc.pre(name !== otherName || value !== otherValue);
        expect(attributeKey(name, value)).not.toBe(attributeKey(otherName, otherValue));
      }),
    );
  });
});
