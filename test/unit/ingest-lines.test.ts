import { Readable } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import { pino } from "pino";
import { expect, test } from "vitest";
import { badInput } from "../../src/domain/errors.js";
import { MemoryIndex } from "../../src/indexes/memory/memory-index.js";
import { type BatchReport, ingestLines } from "../../src/ingest/ingest-lines.js";
import { IngestProducts, type IngestResult } from "../../src/ingest/ingest-products.js";
import type { ProductDraft } from "../../src/ingest/product-draft.js";
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

test("a row that is wrong is told with its id, where that could be read", async () => {
  const failures: unknown[] = [];
  async function* lines() {
    yield toCatalogLine(1, new Map(Object.entries({ id: "p1", title: "Lamp", price: "cheap" })), {});
    yield toCatalogLine(2, new Map(Object.entries({ title: "Lamp" })), {});
  }
  const onBatch = async (report: BatchReport) => void failures.push(...report.failures.map(({ id, field }) => [id, field]));
  await ingestLines(lines(), { ingest: async () => [] }, { batchSize: 64, maxPictureBytes: 0, onBatch });
  expect(failures).toEqual([
    ["p1", ["price"]],
    [null, ["id"]],
  ]);
});

/** Rows `p1` … whose words are encoded. */
const wordsOf = (count: number) =>
  Array.from({ length: count }, (_, i) =>
    toCatalogLine(
      i + 1,
      new Map([
        ["id", `p${i + 1}`],
        ["title", "a"],
      ]),
      {},
    ),
  );

const taken = (drafts: readonly ProductDraft[]): IngestResult[] =>
  drafts.map(({ id }) => ({ id, status: "CREATED", product: null, error: null }));

test("of some rows after some others, those alone are taken", async () => {
  const ids: string[] = [];
  const ingest = async (drafts: readonly ProductDraft[]) => {
    ids.push(...drafts.map(({ id }) => id));
    return taken(drafts);
  };
  const tally = await ingestLines(Readable.from(wordsOf(10)), { ingest }, { batchSize: 2, maxPictureBytes: 0, skipRows: 3, limit: 3 });
  expect(ids).toEqual(["p4", "p5", "p6"]);
  expect(tally).toMatchObject({ read: 3, created: 3 });
});

test("what is wrong with rows is told in their order, whether they were read or not", async () => {
  const lines = wordsOf(4).map((row) => (row.line % 2 === 0 ? { line: row.line, error: badInput("no row") } : row));
  const error = { index: 0, id: "", field: null, code: "NOT_AN_IMAGE", message: "no picture" } as const;
  const ingest = async (drafts: readonly ProductDraft[]) => taken(drafts).map((each) => ({ ...each, status: "FAILED" as const, error }));
  const told: BatchReport[] = [];
  await ingestLines(
    Readable.from(lines),
    { ingest },
    { batchSize: 64, maxPictureBytes: 0, onBatch: async (report) => void told.push(report) },
  );
  expect(told.flatMap(({ failures }) => failures.map(({ row, line, code }) => [row, line, code]))).toEqual([
    [0, 1, "NOT_AN_IMAGE"],
    [1, 2, "BAD_USER_INPUT"],
    [2, 3, "NOT_AN_IMAGE"],
    [3, 4, "BAD_USER_INPUT"],
  ]);
});

test("a batch that fails is told once the one after it has ended", async () => {
  let underWay = 0;
  const ingest = async (drafts: readonly ProductDraft[]) => {
    const isFirst = drafts[0]?.id === "p1";
    underWay++;
    await delay(isFirst ? 50 : 150);
    underWay--;
    if (isFirst) throw new Error("the index is gone");
    return taken(drafts);
  };
  await expect(ingestLines(Readable.from(wordsOf(4)), { ingest }, { batchSize: 2, maxPictureBytes: 0 })).rejects.toThrow(
    "the index is gone",
  );
  expect(underWay).toBe(0);
});

test("whoever is stopped lets go of the file", async () => {
  const stopping = new AbortController();
  const ingest = async (drafts: readonly ProductDraft[]) => {
    stopping.abort();
    return taken(drafts);
  };
  let isOpen = true;
  async function* lines() {
    try {
      yield* wordsOf(100);
    } finally {
      isOpen = false;
    }
  }
  const { signal } = stopping;
  const { read } = await ingestLines(lines(), { ingest }, { batchSize: 2, maxPictureBytes: 0, signal });
  expect(read).toBeLessThan(100);
  expect(isOpen).toBe(false);
});
