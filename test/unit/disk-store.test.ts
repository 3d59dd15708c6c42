import { mkdtemp, rm, utimes } from "node:fs/promises";
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
