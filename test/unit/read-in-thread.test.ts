import { readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import type { CatalogLine } from "../../src/ingest/readers/catalog-row.js";
import { readCatalog } from "../../src/ingest/readers/read-catalog.js";
import { readCatalogInThread } from "../../src/ingest/readers/read-in-thread.js";
import { CATALOGUES, temporaryFolder } from "../support/catalogues.js";

/** The rows as plain values, and how the reading ended. */
async function readOf(lines: AsyncIterable<CatalogLine>): Promise<unknown[]> {
  const read: unknown[] = [];
  const told = (error: unknown) => ({ ...(error as object), message: (error as Error).message });
  try {
    for await (const row of lines) {
      if ("error" in row) read.push({ line: row.line, error: told(row.error), kind: row.error.constructor });
      else read.push({ ...row, draft: { ...row.draft, embedding: row.draft.embedding && Array.from(row.draft.embedding) } });
    }
  } catch (error) {
    read.push(told(error));
  }
  return read;
}

it("reads every catalogue in its thread as it is read without one, errors and all", async () => {
  const names = (await readdir(CATALOGUES)).filter((name) => name !== "pictures");
  expect(names.length).toBeGreaterThan(10);
  for (const file of [...names, "none.csv"].map((name) => join(CATALOGUES, name))) {
    expect(await readOf(readCatalogInThread(file)), file).toEqual(await readOf(readCatalog(file)));
  }
});

it("reads on while rows are worked on, keeps their order, and ends its thread when nobody wants the rest", async () => {
  const { folder, remove } = await temporaryFolder();
  const file = join(folder, "shop.ndjson");
  const rows = Array.from({ length: 5_000 }, (_, i) => ({ id: `p${i}`, embedding: [i, 1 / (i + 1), 1e-300] }));
  await writeFile(file, rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
  let next = 0;
  for await (const row of readCatalogInThread(file)) {
    if (!("draft" in row)) throw row.error;
    expect([row.draft.id, ...Array.from(row.draft.embedding ?? [])]).toEqual([rows[next]?.id, ...(rows[next]?.embedding ?? [])]);
    if (++next === 3_000) break;
  }
  expect(process.getActiveResourcesInfo()).not.toContain("MessagePort");
  await rm(file);
  await remove();
});

it("ends as soon as it is told to, though no row has come yet", async () => {
  const { folder, remove } = await temporaryFolder();
  const file = join(folder, "blank.ndjson");
  await writeFile(file, "\n".repeat(5_000_000));
  const stopping = new AbortController();
  const first = readCatalogInThread(file, {}, stopping.signal).next();
  stopping.abort();
  await expect(first).rejects.toMatchObject({ name: "AbortError" });
  await remove();
});
