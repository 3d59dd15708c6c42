import { pino } from "pino";
import { expect, test } from "vitest";
import { MemoryIndex } from "../../src/indexes/memory/memory-index.js";
import { IngestProducts } from "../../src/ingest/ingest-products.js";
import { createPictures } from "../../src/pictures/pictures.js";
import { CountingEncoder } from "../support/counting-encoder.js";
import { embeddingOf, WordEncoder } from "../support/word-encoder.js";

/** Gives embeddings only where they are asked for, and loses what it was asked for before somebody asks again. */
class LosingIndex extends MemoryIndex {
  override async get(ids: readonly string[], withEmbeddings = true) {
    const found = await super.get(ids);
    if (withEmbeddings) return found;
    await this.delete(ids);
    return found.map((each) => (each instanceof Error || each === null ? each : { ...each, imageEmbedding: null, textEmbedding: null }));
  }
}

async function open() {
  const [encoder, index] = [new WordEncoder(), new MemoryIndex()];
  await index.ensureReady(encoder);
  const pictures = createPictures({ maxBytes: 1, maxPixels: 1, timeoutMs: 1000, allowPrivateUrls: false });
  return { index, products: new IngestProducts(encoder, index, pictures, pino({ level: "silent" })) };
}

test("few pictures are in memory at a time, however many a call names", async () => {
  const [encoder, index] = [new CountingEncoder(), new MemoryIndex()];
  await index.ensureReady(encoder);
  const products = new IngestProducts(encoder, index, encoder.pictures, pino({ level: "silent" }));
  const drafts = Array.from({ length: 150 }, (_, i) => ({ id: `${i % 149}`, images: [{ url: `http://pictures/${i}` }] }));
  const statuses = (await products.ingest(drafts)).map(({ status }) => status);
  expect(statuses).toEqual([...new Array(149).fill("CREATED"), "FAILED"]);
  expect(await index.count()).toBe(149);
  expect([encoder.most, encoder.held]).toEqual([64, 0]);
});

test("a call may have a thousand products, and no more", async () => {
  const { products, index } = await open();
  const drafts = Array.from({ length: 1_001 }, (_, i) => ({ id: `${i}`, images: [], embedding: embeddingOf("a") }));
  await expect(products.ingest(drafts)).rejects.toMatchObject({ code: "BAD_USER_INPUT", options: { field: ["products"] } });
  await products.ingest(drafts.slice(1));
  expect(await index.count()).toBe(1_000);
});

test("nothing is written for a request that has ended meanwhile", async () => {
  const { products, index } = await open();
  const drafts = [{ id: "a", title: "shoe", images: [] }];
  await expect(products.ingest(drafts, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: "TIMEOUT" });
  expect(await index.count()).toBe(0);
});

test("a product whose words are to be encoded from now on is another one", async () => {
  const { products, index } = await open();
  const draft = { id: "a", title: "shoe", images: [], embedding: embeddingOf("a") };
  await products.ingest([{ ...draft, encodeWords: false }]);
  expect(await index.get(["a"])).toMatchObject([{ textEmbedding: null }]);
  expect(await products.ingest([draft])).toMatchObject([{ status: "UPDATED" }]);
  expect(await index.get(["a"])).toMatchObject([{ textEmbedding: embeddingOf("shoe") }]);
});

test("a product that is removed while it is ingested again is encoded anew, and not kept without its embedding", async () => {
  const [encoder, index] = [new WordEncoder(), new LosingIndex()];
  await index.ensureReady(encoder);
  const pictures = createPictures({ maxBytes: 1, maxPixels: 1, timeoutMs: 1000, allowPrivateUrls: false });
  const products = new IngestProducts(encoder, index, pictures, pino({ level: "silent" }));
  for (const amount of [1, 2]) {
    const [result] = await products.ingest([{ id: "a", title: "shoe", images: [], price: { amount, currency: "EUR" } }]);
    expect(result?.status).toBe("CREATED");
    expect(await index.get(["a"])).toMatchObject([{ product: { price: { amount } }, textEmbedding: embeddingOf("shoe") }]);
  }
});
