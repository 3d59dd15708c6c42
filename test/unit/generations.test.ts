import { cp, mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { goBack, removeUnfinished, serve, unfinishedFolder } from "../../src/indexes/lancedb/generations.js";
import { LanceDbIndex } from "../../src/indexes/lancedb/lancedb-index.js";

let dataDir: string;
let started: string;
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "likeness-generations-"));
  started = join(dataDir, "generation-2");
  await mkdir(join(started, "products.lance", "data"), { recursive: true });
});
afterEach(() => rm(dataDir, { recursive: true, force: true }));

/** A data folder where a kill came between the swap to generation 4 and the removal of what generation 3 had replaced. */
async function interrupted(replaced: "." | "generation-2"): Promise<void> {
  await openAndClose(dataDir);
  for (const name of ["generation-2", "generation-3", "generation-4"]) {
    await rm(join(dataDir, name), { recursive: true, force: true });
    if (name === "generation-2" && replaced === ".") continue;
    await mkdir(join(dataDir, name));
    for (const part of ["meta.json", "products.lance"]) await cp(join(dataDir, part), join(dataDir, name, part), { recursive: true });
  }
  if (replaced !== ".") for (const part of ["meta.json", "products.lance"]) await rm(join(dataDir, part), { recursive: true });
  await writeFile(join(dataDir, "serving.json"), '{"generation":"generation-4","previous":"generation-3"}');
}

async function openAndClose(folder: string): Promise<void> {
  const index = new LanceDbIndex({ dataDir: folder });
  await index.ensureReady({ modelId: "m", dimension: 2 });
  await index.close();
}

/** What is in the data folder, but for the engine's own list of its tables. */
async function kept(): Promise<string[]> {
  return (await readdir(dataDir)).filter((name) => name !== "__manifest").sort();
}

it("begins anew in a generation that a kill left half removed", async () => {
  expect(unfinishedFolder(dataDir)).toBe(started);
  expect(await readdir(started)).toEqual([]);
});

it("goes on in one that was begun", async () => {
  await writeFile(join(started, "meta.json"), "{}");
  expect(unfinishedFolder(dataDir)).toBe(started);
  expect(await readdir(join(started, "products.lance"))).toEqual(["data"]);
});

it.each([".", "generation-2"] as const)("removes at the next start what a kill after a swap left: %s", async (replaced) => {
  await interrupted(replaced);
  const unfinished = unfinishedFolder(dataDir);
  await writeFile(join(unfinished, "meta.json"), "{}");
  await openAndClose(dataDir);
  expect(await kept()).toEqual(["generation-3", "generation-4", "generation-5", "serving.json"]);
  expect(await readdir(unfinished)).toEqual(["meta.json"]);
});

it.each([".", "generation-2"] as const)(
  "builds beside what a kill after a swap left, and removes it with the next swap: %s",
  async (replaced) => {
    await interrupted(replaced);
    const folder = unfinishedFolder(dataDir);
    expect(folder).toBe(join(dataDir, "generation-5"));
    await openAndClose(folder);
    serve(dataDir, folder);
    expect(await kept()).toEqual(["generation-4", "generation-5", "serving.json"]);
  },
);

it("never removes what it can go back to, nor takes it for unfinished, whichever of both is the later one", async () => {
  await interrupted("generation-2");
  expect(goBack(dataDir)).toBe(join(dataDir, "generation-3"));
  await openAndClose(dataDir);
  expect(removeUnfinished(dataDir)).toEqual([]);
  expect(await kept()).toEqual(["generation-3", "generation-4", "serving.json"]);
});

it("begins a generation of a later number than any that was there, though the one before was removed by hand", async () => {
  await interrupted("generation-2");
  goBack(dataDir);
  await rm(join(dataDir, "generation-4"), { recursive: true });
  const folder = unfinishedFolder(dataDir);
  await writeFile(join(folder, "meta.json"), "{}");
  await openAndClose(dataDir);
  expect(unfinishedFolder(dataDir)).toBe(folder);
  expect(await readdir(folder)).toEqual(["meta.json"]);
});
