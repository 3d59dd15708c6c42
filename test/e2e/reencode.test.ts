import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { cosine, type Embedding } from "../../src/domain/embedding.js";
import { keptNames } from "../../src/domain/picture.js";
import type { StoredProduct } from "../../src/domain/product.js";
import { LanceDbReader } from "../../src/indexes/lancedb/lancedb-reader.js";
import type { ProductDraft } from "../../src/ingest/product-draft.js";
import { ask, type Gateway, startGateway } from "../support/gateway.js";
import { ended, likeness, spawnLikeness } from "../support/likeness.js";

const TINY = "test/fixtures/tiny-clip";
const SEARCH = "query ($text: String, $image: ID) { searchProducts(text: $text, similarTo: $image, first: 3) { edges { node { id } } } }";

/** A picture of its own for each number. */
async function picture(n: number): Promise<Uint8Array> {
  const pixels = Buffer.from(Array.from({ length: 8 * 8 * 3 }, (_, i) => (i * (n + 3) * 37 + n * 11) % 256));
  const raw = { width: 8, height: 8, channels: 3 } as const;
  return await sharp(pixels, { raw }).resize(300, 240, { kernel: "nearest" }).png().toBuffer();
}

async function withPicture(n: number): Promise<ProductDraft> {
  return { id: `picture${n}`, title: `Picture ${n}`, images: [{ bytes: await picture(n) }] };
}

const words = (n: number): ProductDraft => ({ id: `words${n}`, title: `Words of product ${n}`, images: [] });

let dataDir: string;
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "likeness-"));
});
afterEach(() => rm(dataDir, { recursive: true }));

const start = (model?: string) => startGateway({ LIKENESS_DATA_DIR: dataDir, ...(model && { LIKENESS_MODEL: model }) });
const reindex = (...args: string[]) => likeness(["reindex", ...args], dataDir);

async function ingest(gateway: Gateway, drafts: readonly ProductDraft[]): Promise<string[]> {
  return (await gateway.app.ingest.ingest(drafts)).map(({ status }) => status);
}

async function ids(gateway: Gateway): Promise<string[]> {
  const { app } = gateway;
  const known = [...Array(300).keys()].flatMap((n) => [`picture${n}`, `words${n}`]);
  const found = await app.index.get([...known, "during", "late"], false);
  return found.flatMap((each) => (each && !(each instanceof Error) ? [each.product.id] : [])).sort();
}

describe("likeness reindex --model", () => {
  test("goes on after a kill, misses no write while searches go on, swaps, and goes back", { timeout: 600_000 }, async () => {
    const before = await start();
    await ingest(before, await Promise.all(Array.from({ length: 20 }, (_, n) => withPicture(n))));
    await ingest(
      before,
      Array.from({ length: 300 }, (_, n) => words(n)),
    );
    let searching = true;
    const searches = (async () => {
      let count = 0;
      for (; searching; count++) {
        const { data, errors } = await ask<{ searchProducts: { edges: unknown[] } }, unknown>(before.url, SEARCH, {
          text: `words ${count}`,
        });
        expect(errors).toBeUndefined();
        expect(data.searchProducts.edges).toHaveLength(3);
      }
      return count;
    })();

    const killed = spawnLikeness(["reindex", "--model", TINY], dataDir);
    await expect.poll(() => built(), { timeout: 120_000, interval: 20 }).toBeGreaterThanOrEqual(64);
    killed.kill("SIGKILL");
    await ended(killed);
    const alreadyBuilt = await built();
    expect(existsSync(join(dataDir, "serving.json"))).toBe(false);

    const during = [{ ...words(7), title: "Changed" }, await withPicture(20), { id: "during", title: "During", images: [] }];
    expect(await ingest(before, during)).toEqual(["UPDATED", "CREATED", "CREATED"]);
    await before.app.index.delete(["words0", "picture0"]);

    const second = spawnLikeness(["reindex", "--model", TINY], dataDir);
    const end = ended(second);
    await new Promise<void>((resolve) => second.stderr?.on("data", (chunk: Buffer) => /Stop the server/.test(`${chunk}`) && resolve()));
    expect(await ingest(before, [{ id: "late", title: "Late", images: [] }])).toEqual(["CREATED"]);
    const expected = await ids(before);
    searching = false;
    expect(await searches).toBeGreaterThan(0);
    await before.stop();
    const { code, stdout } = await end;
    expect([code, stdout]).toEqual([0, expect.stringContaining(`${expected.length} products are encoded by`)]);
    // Changed or new since the kill: four; what the killed run had written is not encoded again.
    expect(Number(/(\d+) of them in this run/.exec(stdout)?.[1])).toBeLessThanOrEqual(320 + 4 - alreadyBuilt);

    await expect(start()).rejects.toMatchObject({ code: "MODEL_MISMATCH", message: expect.stringContaining("reindex --model") });
    const after = await start(TINY);
    expect(await ids(after)).toEqual(expected);
    const [alike, changed] = await after.app.index.get(["picture20", "words7"]);
    expect(alike).toMatchObject({
      imageEmbedding: { length: after.app.encoder.dimension },
      product: { images: [{ width: 300, height: 240 }] },
    });
    expect(changed).toMatchObject({ product: { title: "Changed" }, imageEmbedding: null });
    const { product, imageEmbedding } = alike as StoredProduct;
    const copy = (await after.app.copies?.read(keptNames(product)[0] as string)) as Uint8Array;
    const [own] = await after.app.encoder.encodeImages([copy]);
    expect(cosine(own as Embedding, imageEmbedding as Embedding)).toBeGreaterThan(0.999);
    expect(await ingest(after, [await withPicture(5), words(5)])).toEqual(["UNCHANGED", "UNCHANGED"]);
    await after.stop();

    expect((await reindex("--rollback")).code).toBe(0);
    const back = await start();
    expect(await ids(back)).toEqual(expected);
    await back.stop();

    async function built(): Promise<number> {
      const reader = await LanceDbReader.open(join(dataDir, "generation-2")).catch(() => null);
      const count = (await reader?.count()) ?? 0;
      reader?.close();
      return count;
    }
  });

  test("refuses to lose what pictures told, unless forced; a later ingest makes up for it", { timeout: 400_000 }, async () => {
    const off = await startGateway({ LIKENESS_DATA_DIR: dataDir, LIKENESS_PICTURES: "off" });
    const embedding = Array.from({ length: off.app.encoder.dimension }, (_, i) => i + 1);
    await ingest(off, [{ id: "ready", images: [], embedding }, await withPicture(1), words(1)]);
    await off.stop();
    const refused = await reindex("--model", TINY);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(
      /pictures of 2 products cannot be encoded again.*\(picture1, ready\).*1 of them have no words.*--force/s,
    );
    expect((await reindex("--abort")).stdout).toBe("Removed generation-2.\n");
    expect((await reindex("--model", TINY, "--force")).stdout).toContain("3 products are encoded by");
    const after = await start(TINY);
    const [ready, shown] = await after.app.index.get(["ready", "picture1"]);
    expect(ready).toMatchObject({ imageEmbedding: null, textEmbedding: null });
    expect(shown).toMatchObject({ imageEmbedding: null, textEmbedding: { length: after.app.encoder.dimension } });
    expect(await ingest(after, [await withPicture(1), words(1)])).toEqual(["UPDATED", "UNCHANGED"]);
    expect(await after.app.index.get(["picture1"])).toMatchObject([{ imageEmbedding: { length: after.app.encoder.dimension } }]);
    await after.stop();
  });
});
