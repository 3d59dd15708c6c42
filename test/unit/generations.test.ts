import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { unfinishedFolder } from "../../src/indexes/lancedb/generations.js";

let dataDir: string;
let started: string;
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "likeness-generations-"));
  started = join(dataDir, "generation-2");
  await mkdir(join(started, "products.lance", "data"), { recursive: true });
});
afterEach(() => rm(dataDir, { recursive: true, force: true }));

it("begins anew in a generation that a kill left half removed", async () => {
  expect(unfinishedFolder(dataDir)).toBe(started);
  expect(await readdir(started)).toEqual([]);
});

it("goes on in one that was begun", async () => {
  await writeFile(join(started, "meta.json"), "{}");
  expect(unfinishedFolder(dataDir)).toBe(started);
  expect(await readdir(join(started, "products.lance"))).toEqual(["data"]);
});
