import { mkdtemp, readdir, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { DiskStore } from "../../src/pictures/disk-store.js";

/** What happens right after the next look at a file's age. */
let meanwhile: (() => Promise<void>) | null = null;

vi.mock("node:fs/promises", async (load) => {
  const real = await load<typeof import("node:fs/promises")>();
  const stat = async (path: string) => {
    const found = await real.stat(path);
    const work = meanwhile;
    meanwhile = null;
    await work?.();
    return found;
  };
  return { ...real, stat };
});

const NAME = "a".repeat(64);
const HOUR_AGO = new Date(Date.now() - 3_600_000);
let folder: string;
let store: DiskStore;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "likeness-disk-store-"));
  store = new DiskStore(folder);
});
afterAll(async () => await rm(folder, { recursive: true }));

async function writeOld(): Promise<void> {
  await store.write(NAME, Buffer.from("old"));
  await utimes(join(folder, "aa", `${NAME}.jpg`), new Date(0), new Date(0));
}

test("a copy that an ingest writes again while it is being removed stays", async () => {
  await writeOld();
  meanwhile = () => store.write(NAME, Buffer.from("new"));
  expect(await store.removeOlder(NAME, HOUR_AGO)).toBe(false);
  expect(`${await store.read(NAME)}`).toBe("new");
});

test("an old copy is removed, with nothing left of it", async () => {
  await writeOld();
  expect(await store.removeOlder(NAME, HOUR_AGO)).toBe(true);
  expect([await store.read(NAME), await store.removeOlder(NAME, HOUR_AGO)]).toEqual([null, false]);
});

test("what a killed process left half written goes with the next process's first write, and what another is writing stays", async () => {
  const unfinished = join(folder, "unfinished");
  await store.write(NAME, Buffer.from("whole"));
  expect(await readdir(unfinished)).toEqual([]);
  for (const [name, at] of [
    ["abandoned", new Date(Date.now() - 2 * 3_600_000)],
    ["in-hand", new Date()],
  ] as const) {
    await writeFile(join(unfinished, name), "ha");
    await utimes(join(unfinished, name), at, at);
  }
  await new DiskStore(folder).write(NAME, Buffer.from("whole"));
  expect(await readdir(unfinished)).toEqual(["in-hand"]);
  for await (const { name } of store.list()) expect(name).toBe(NAME);
});
