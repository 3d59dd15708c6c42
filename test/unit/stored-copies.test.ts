import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import sharp from "sharp";
import { afterAll, beforeAll, expect, test } from "vitest";
import { DiskStore } from "../../src/pictures/disk-store.js";
import { StoredCopies } from "../../src/pictures/stored-copies.js";

const nameOf = (i: number) => i.toString(16).padStart(64, "0");
const SLOW = nameOf(0);
let folder: string;

/** A disk that takes its time with one copy. */
class SlowStore extends DiskStore {
  answer = () => {};
  private readonly answered = new Promise<void>((resolve) => {
    this.answer = resolve;
  });

  override async read(name: string): Promise<Uint8Array | null> {
    if (name === SLOW) await this.answered;
    return await super.read(name);
  }
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "likeness-copies-"));
});
afterAll(async () => await rm(folder, { recursive: true }));

test("a smaller size reaches whoever asked for it though others have filled the memory meanwhile", { timeout: 60_000 }, async () => {
  const [width, height] = [640, 1024];
  const raw = { width, height, channels: 3 } as const;
  // Noise, which hardly shrinks: a hundred and more of these are 64 MiB.
  const copy = await sharp(randomBytes(width * height * 3), { raw })
    .jpeg({ quality: 100 })
    .toBuffer();
  const store = new SlowStore(folder);
  const copies = new StoredCopies(store, pino({ level: "silent" }));
  const read = async (from: number, to: number): Promise<number> => {
    let bytes = 0;
    for (let i = from; i < to; i++) bytes += (await copies.read(nameOf(i), 640))?.byteLength ?? 0;
    return bytes;
  };
  for (let i = 0; i < 200; i++) await store.write(nameOf(i), copy);
  const fit = Math.floor((64 * 1024 * 1024) / (await read(1, 2)));
  await read(2, 1 + fit);
  const slow = copies.read(SLOW, 640);
  // Those in memory are asked for again, so that the one on its way is the first to be pushed out.
  await read(1, 1 + fit);
  await read(1 + fit, 4 + fit);
  store.answer();
  expect((await slow)?.byteLength).toBeGreaterThan(0);
});
