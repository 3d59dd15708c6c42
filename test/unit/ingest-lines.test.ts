import { pino } from "pino";
import { expect, test } from "vitest";
import { MemoryIndex } from "../../src/indexes/memory/memory-index.js";
import { ingestLines } from "../../src/ingest/ingest-lines.js";
import { IngestProducts } from "../../src/ingest/ingest-products.js";
import { toCatalogLine } from "../../src/ingest/readers/catalog-row.js";
import { createPictures } from "../../src/pictures/pictures.js";
import { WordEncoder } from "../support/word-encoder.js";

const MIB = 1024 * 1024;

test("batches end by what they take in memory too, and lose no row", async () => {
  const encoder = new WordEncoder();
  const index = new MemoryIndex();
  await index.ensureReady({ modelId: encoder.modelId, dimension: encoder.dimension });
  const pictures = createPictures({ maxBytes: 1, maxPixels: 1, timeoutMs: 1, allowPrivateUrls: false });
  const products = new IngestProducts(encoder, index, pictures, pino({ level: "silent" }));
  async function* lines() {
    for (let i = 1; i <= 20; i++) {
      const embedding = new Float64Array(64).fill(i);
      // Two bytes a character: every tenth row takes 4 MiB, and its description is longer than one may be.
      const description = "x".repeat(i % 10 === 0 ? 2 * MIB : 10);
      const row = { id: `p${i}`, description, embedding, attributes: { note: i <= 10 ? "y".repeat(MIB) : "z" } };
      yield toCatalogLine(i, new Map(Object.entries(row)), {});
    }
  }
  const ends: number[] = [];
  const onBatch = async ({ lastLine }: { lastLine: number }) => void ends.push(lastLine);
  const tally = await ingestLines(lines(), products, { batchSize: 64, maxPictureBytes: 0, onBatch });
  expect(ends).toEqual([8, 20]);
  expect(tally).toEqual({ read: 20, created: 18, updated: 0, unchanged: 0, failed: 2 });
});
