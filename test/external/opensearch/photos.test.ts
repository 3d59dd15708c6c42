import { readdir } from "node:fs/promises";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import type { Embedding } from "../../../src/domain/embedding.js";
import type { ProductIndex } from "../../../src/domain/ports.js";
import type { StoredProduct } from "../../../src/domain/product.js";
import type { Match } from "../../../src/domain/search.js";
import { OnnxEncoder } from "../../../src/encoders/onnx/onnx-encoder.js";
import { MemoryIndex } from "../../../src/indexes/memory/memory-index.js";
import { by, query, randomNumbers, stored } from "../../contract/catalogue.js";
import { openTestIndex, testOptions } from "./open-test-index.js";

const PHOTOS = "node_modules/@vendure/create/assets/images";
const COUNT = 2_000;
const QUERIES = 100;

describe("2,000 cuttings of real photos", () => {
  let products: StoredProduct[];
  let probes: Embedding[];
  let model: { modelId: string; dimension: number };
  const truth = new MemoryIndex();

  beforeAll(async () => {
    const encoder = await OnnxEncoder.open({ directory: "models/likeness-mini" });
    model = { modelId: encoder.modelId, dimension: encoder.dimension };
    const embeddings = await embed(encoder, COUNT + QUERIES);
    products = embeddings.slice(0, COUNT).map((imageEmbedding, i) => stored(`cut${i}`, {}, { imageEmbedding }));
    probes = embeddings.slice(COUNT);
    await truth.ensureReady(model);
    await truth.upsert(products);
    await encoder.close();
  }, 300_000);

  describe.each(["3.5.0", "2.19.1"] as const)("on OpenSearch %s", (version) => {
    let exact: ProductIndex;
    let graph: ProductIndex;
    beforeAll(async () => {
      const options = testOptions(inject("servers")[version]);
      exact = await openTestIndex(options, model);
      await exact.upsert(products);
      graph = await openTestIndex({ ...options, exactRows: -1 }, model);
    });
    afterAll(() => Promise.all([exact, graph].map((index) => index?.close())));

    it("are found in the order of brute force, at the same similarity", async () => {
      const [found, expected] = await Promise.all([search(exact), search(truth)]);
      found.forEach((hits, i) => {
        const best = expected[i] as readonly Match[];
        expect(hits.map(({ id }) => id)).toEqual(best.map(({ id }) => id));
        hits.forEach((hit, j) => {
          expect(Math.abs(hit.score - (best[j]?.score as number))).toBeLessThan(1e-4);
        });
      });
    });

    it("are found by the graph with recall@10 of 0.99 at least", async () => {
      const [found, expected] = await Promise.all([search(graph), search(truth)]);
      const ids = expected.map((hits) => new Set(hits.map(({ id }) => id)));
      const common = found.reduce((sum, hits, i) => sum + hits.filter((hit) => ids[i]?.has(hit.id)).length, 0);
      console.log(`recall@10 on OpenSearch ${version}: ${common / (QUERIES * 10)}`);
      expect(common / (QUERIES * 10)).toBeGreaterThanOrEqual(0.99);
    });
  });

  async function search(index: ProductIndex): Promise<(readonly Match[])[]> {
    const pages = await index.search(probes.map((probe) => query({ order: by("image", probe) })));
    return pages.map((page) => {
      if (page instanceof Error) throw page;
      return page.matches;
    });
  }
});

/** Embeddings of cuttings at seeded places of the sample photos, each at most once from every photo before the next. */
async function embed(encoder: OnnxEncoder, count: number): Promise<Embedding[]> {
  const random = randomNumbers(2_000);
  const names = (await readdir(PHOTOS)).filter((name) => /\.jpe?g$/.test(name)).sort();
  const photos = await Promise.all(
    names.map((name) => sharp(join(PHOTOS, name)).resize(256, 256, { fit: "cover" }).removeAlpha().raw().toBuffer()),
  );
  const cuttings = await Promise.all(
    Array.from({ length: count }, async (_, i) => {
      const side = 64 + Math.floor(random() * 160);
      const [left, top] = [Math.floor(random() * (256 - side)), Math.floor(random() * (256 - side))];
      const photo = sharp(photos[i % photos.length], { raw: { width: 256, height: 256, channels: 3 } });
      return await photo.extract({ left, top, width: side, height: side }).jpeg().toBuffer();
    }),
  );
  const embeddings: Embedding[] = [];
  for (let i = 0; i < count; i += 100) {
    for (const each of await encoder.encodeImages(cuttings.slice(i, i + 100))) {
      if (each instanceof Error) throw each;
      embeddings.push(each);
    }
  }
  return embeddings;
}
