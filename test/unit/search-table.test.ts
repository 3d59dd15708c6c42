import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Connection, connect, Index } from "@lancedb/lancedb";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import type { IndexPage } from "../../src/domain/search.js";
import { toArrow } from "../../src/indexes/lancedb/arrow-rows.js";
import { KeptEmbeddings } from "../../src/indexes/lancedb/kept-embeddings.js";
import { PassingRows } from "../../src/indexes/lancedb/passing-rows.js";
import { productSchema } from "../../src/indexes/lancedb/schema.js";
import { openSearched, type Searched, searchTable } from "../../src/indexes/lancedb/search-table.js";
import { by, byId, catalogue, DIMENSION, query, randomEmbedding, randomNumbers } from "../contract/catalogue.js";

let folder: string;
let db: Connection;
let searched: Searched;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "likeness-search-table-"));
  db = await connect(folder);
  const table = await db.createEmptyTable("products", productSchema(DIMENSION));
  await table.add(toArrow(catalogue(1200), DIMENSION));
  for (const column of ["title_words", "words"]) await table.createIndex(column, { config: Index.fts({ withPosition: true }) });
  searched = openSearched(table, { keeps: true, dimension: DIMENSION, memoryBytes: 0 });
});
afterAll(async () => {
  db.close();
  await rm(folder, { recursive: true, force: true });
});

it("reads a product once, however many lists of a call it is in", async () => {
  const wanted = { limit: 1100, withProducts: true, withEmbeddings: true };
  const lists = [byId, by("image", randomEmbedding(randomNumbers(5)))].map((order) => query({ ...wanted, order }));
  const [listing, nearest] = (await searchTable(searched, null, lists)) as IndexPage[];
  const inListing = new Map(listing?.matches.map(({ id, stored }) => [id, stored]));
  const inBoth = nearest?.matches.filter(({ id }) => inListing.has(id)) ?? [];
  expect(inBoth.length).toBeGreaterThan(500);
  for (const { id, stored } of inBoth) {
    expect(stored?.product.id).toBe(id);
    expect(stored?.imageEmbedding).toHaveLength(DIMENSION);
    expect(stored).toBe(inListing.get(id));
  }
});

it("asks once whether a word is known, however many lists look for it", async () => {
  const words = ["product", "p7", "absent"];
  const list = query({ order: { kind: "lexical", words }, limit: 2000 });
  const asked = vi.spyOn(searched.table, "query");
  await searchTable(searched, null, [list]);
  const forOne = asked.mock.calls.length;
  asked.mockClear();
  await searchTable(searched, null, [list, { ...list, filter: { brands: ["b1"] } }, { ...list, filter: { brands: ["b2"] } }]);
  expect(asked.mock.calls.length).toBe(forOne + 2 * (forOne - words.length));
  asked.mockRestore();
});

it("lists the rows of a filter once for all that ask at the same time, and anew after a write", async () => {
  const passing = new PassingRows(searched.table, { keeps: true, most: 5000, mostSettled: 5000 });
  const before = passing.of("brand = 'b1'");
  const [list, same] = await Promise.all([before, passing.of("brand = 'b1'")]);
  expect(list?.length).toBeGreaterThan(100);
  expect(same).toBe(list);
  const old = passing.of("brand = 'b2'");
  passing.forget();
  expect(await passing.of("brand = 'b2'")).not.toBe(await old);
});

it("forgets a filter's rows sooner the longer its text is", async () => {
  const passing = new PassingRows(searched.table, { keeps: true, most: 5000, mostSettled: 5000 });
  const long = Array.from({ length: 50 }, (_, i) => `brand = '${i}${"x".repeat(200_000)}'`);
  const asked = vi.spyOn(searched.table, "query");
  for (const where of [...long, long.at(-1) as string]) await passing.of(where);
  expect(asked).toHaveBeenCalledTimes(50);
  await passing.of(long[0] as string);
  expect(asked).toHaveBeenCalledTimes(51);
  asked.mockRestore();
});

it("counts by an attribute of however long a name in a time that does not grow with the rows", async () => {
  const facet = { field: "ATTRIBUTE" as const, attribute: "%".repeat(1_000_000) };
  const [page] = (await searchTable(searched, null, [query({ facets: Array.from({ length: 20 }, () => facet) })])) as IndexPage[];
  expect(page?.facets).toEqual(Array.from({ length: 20 }, () => []));
});

it("lays a list out once for all that ask for it at the same time", async () => {
  const rows = (await searched.passing.of("has_text_embedding")) ?? [];
  const kept = new KeptEmbeddings(searched.table, "text_embedding", { dimension: DIMENSION, maxBytes: 16 * 1024 * 1024 });
  const [list, same] = await Promise.all([kept.list(rows), kept.list(rows)]);
  expect(list).not.toBeNull();
  expect(same).toBe(list);
});
