import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "@lancedb/lancedb";
import { expect, it, vi } from "vitest";
import { toArrow } from "../../src/indexes/lancedb/arrow-rows.js";
import { KeptEmbeddings } from "../../src/indexes/lancedb/kept-embeddings.js";
import { productSchema } from "../../src/indexes/lancedb/schema.js";
import { DIMENSION, randomEmbedding, randomNumbers, stored } from "../contract/catalogue.js";

it("reads all again the next time when that has failed once", async () => {
  const folder = await mkdtemp(join(tmpdir(), "likeness-kept-"));
  const db = await connect(folder);
  try {
    const table = await db.createEmptyTable("products", productSchema(DIMENSION));
    const embedding = randomEmbedding(randomNumbers(1));
    await table.add(toArrow([stored("a", {}, { imageEmbedding: embedding })], DIMENSION));
    const kept = new KeptEmbeddings(table, "image_embedding", { dimension: DIMENSION, maxBytes: 1024 * 1024 });
    vi.spyOn(table, "query").mockImplementationOnce(() => {
      throw new Error("the disk is away");
    });
    // The first row of the first fragment.
    expect((await kept.cosines(embedding, [0]))?.[0]).toBeCloseTo(1, 6);
    expect(kept.areRead).toBe(false);
    await expect.poll(async () => (await kept.cosines(embedding, [0])) && kept.areRead).toBe(true);
  } finally {
    db.close();
    await rm(folder, { recursive: true, force: true });
  }
});
