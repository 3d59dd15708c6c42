import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { MemoryIndex } from "../../../src/indexes/memory/memory-index.js";
import { by, catalogue, MODEL, query, randomEmbedding, randomNumbers } from "../../contract/catalogue.js";
import { type Fault, type FaultProxy, startFaultProxy } from "./fault-proxy.js";
import { openTestIndex, testOptions } from "./open-test-index.js";

const SEED = 20_240_501;
const FAULTS: Fault[] = [{ status: 429 }, { status: 503 }, { status: 502 }, "cut before", "cut after", "half an answer"];

let proxy: FaultProxy;
beforeAll(async () => {
  proxy = await startFaultProxy(inject("servers")["3.5.0"]);
});
afterAll(() => proxy.close());

describe("OpenSearchIndex behind a network that fails", () => {
  it("loses and doubles no product of many writes", async () => {
    const products = catalogue(1_200, 3);
    const index = await openTestIndex(testOptions(proxy.url));
    const random = randomNumbers(SEED);
    const kinds: Fault[] = [...FAULTS, "some items"];
    proxy.decide = ({ path }) => (path.includes("_bulk") && random() < 0.5 ? (kinds[Math.floor(random() * kinds.length)] ?? null) : null);
    const batches = Array.from({ length: 40 }, (_, i) => products.slice(i * 30, i * 30 + 30));
    const outcomes = (await Promise.all(batches.map((batch) => index.upsert(batch)))).flat();
    proxy.decide = () => null;
    console.log(`faults in ${batches.length} writes: ${JSON.stringify(proxy.faults)}`);
    expect(Object.keys(proxy.faults)).toHaveLength(kinds.length);
    expect(outcomes.filter((each) => each instanceof Error)).toEqual([]);
    expect(await index.count()).toBe(products.length);
    expect(await index.get(products.map((each) => each.product.id))).toEqual(products);
    await index.close();
  });

  it("lets a newer write win over an older one that is tried again", async () => {
    const [first] = catalogue(1);
    if (!first) throw new Error("no product");
    const index = await openTestIndex(testOptions(proxy.url));
    let refusals = 3;
    proxy.decide = ({ path }) => (path.includes("_bulk") && refusals-- > 0 ? { status: 429 } : null);
    const named = (title: string) => ({ ...first, product: { ...first.product, title } });
    const outcomes = await Promise.all([index.upsert([named("older")]), index.upsert([named("newer")])]);
    expect(outcomes.flat()).toEqual(["created", "updated"]);
    expect((await index.get([first.product.id]))[0]).toMatchObject({ product: { title: "newer" } });
    await index.close();
  });

  it("answers searches as if nothing had happened", async () => {
    const products = catalogue(300, 4);
    const [index, truth] = [await openTestIndex(testOptions(proxy.url)), new MemoryIndex()];
    await Promise.all([index.upsert(products), truth.upsert(products)]);
    await index.count();
    const random = randomNumbers(SEED);
    let turn = 0;
    proxy.decide = ({ path }) => (path.includes("_msearch") && turn++ % 3 !== 2 ? (FAULTS[turn % FAULTS.length] ?? null) : null);
    for (let i = 0; i < 12; i++) {
      const queries = [
        query({ order: by("image", randomEmbedding(random)) }),
        query({ order: by("text", randomEmbedding(random)), filter: { inStock: true } }),
      ];
      const found = await index.search(queries);
      const expected = await truth.search(queries);
      const ids = (pages: typeof found) => pages.map((page) => (page instanceof Error ? page : page.matches.map(({ id }) => id)));
      expect(ids(found)).toEqual(ids(expected));
    }
    proxy.decide = () => null;
    await index.close();
  });

  it("gives up within its time limit, with a typed error", async () => {
    const index = await openTestIndex(testOptions(proxy.url, { searchTimeoutMs: 1_500, writeTimeoutMs: 1_500 }));
    proxy.decide = ({ path }) => (/_msearch|_bulk|_mget/.test(path) ? "no answer" : null);
    const [first] = catalogue(1);
    const answers = await Promise.all([
      index.search([query()]),
      index.get(["p0"]),
      index.upsert(first ? [first] : []),
      index.delete(["p0"]),
    ]);
    for (const [outcome] of answers) expect(outcome).toMatchObject({ code: "INDEX_UNAVAILABLE" });
    proxy.decide = () => null;
    await index.close();
  });

  it("is refused in words when there is no server", async () => {
    const closed = testOptions("http://127.0.0.1:1", { searchTimeoutMs: 2_000 });
    await expect(openTestIndex(closed)).rejects.toMatchObject({ code: "INDEX_UNAVAILABLE" });
  });

  it("keeps the model's name through everything", async () => {
    const options = testOptions(proxy.url);
    await (await openTestIndex(options)).close();
    await expect(openTestIndex(options, { ...MODEL, modelId: "other" })).rejects.toMatchObject({
      code: "MODEL_MISMATCH",
      message: expect.stringContaining("LIKENESS_OPENSEARCH_INDEX"),
    });
    const twice = testOptions(proxy.url);
    const both = await Promise.all([openTestIndex(twice), openTestIndex(twice)]);
    await Promise.all(both.map((each) => each.close()));
  });
});
