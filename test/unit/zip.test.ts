import fs from "node:fs";
import { mkdtemp, open, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { isCatalogue, listEntries } from "../../src/ingest/readers/zip.js";
import { zipOf } from "../support/zip-archive.js";

/** Their list is longer than two blocks of it. */
const PICTURES = 30_000;
let folder: string;
let file: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "likeness-zip-"));
  file = join(folder, "shop.zip");
  const pictures = Array.from({ length: PICTURES }, (_, i) => [`a/folder/of/pictures/${i}.jpg`, ""] as const);
  await writeFile(file, zipOf({ "a.csv": "id\n1\n", ...Object.fromEntries(pictures), "b.csv": "id\n2\n" }));
});
afterAll(() => rm(folder, { recursive: true }));

test("an archive's list of many files is read in few reads", async () => {
  const handle = await open(file);
  const reads = [vi.spyOn(Object.getPrototypeOf(handle) as typeof handle, "read"), vi.spyOn(fs, "read")];
  await handle.close();
  expect([...(await listEntries(file, isCatalogue)).keys()]).toEqual(["a.csv", "b.csv"]);
  expect((await listEntries(file, () => true)).size).toBe(PICTURES + 2);
  expect(reads.reduce((sum, { mock }) => sum + mock.calls.length, 0)).toBeLessThan(PICTURES / 1_000);
  vi.restoreAllMocks();
});

test("an archive that is cut off in its list, or has none, is told as damaged", async () => {
  const { size } = await fs.promises.stat(file);
  for (const bytes of [size - 1, size - 100_000, 4]) {
    await truncate(file, bytes);
    await expect(listEntries(file, isCatalogue)).rejects.toMatchObject({
      code: "BAD_USER_INPUT",
      message: expect.stringContaining("damaged"),
    });
  }
});
