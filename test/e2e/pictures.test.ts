import { mkdtemp, readdir, readFile, rm, stat, truncate } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { cosine, type Embedding } from "../../src/domain/embedding.js";
import type { PictureCopies } from "../../src/domain/ports.js";
import { DiskStore } from "../../src/pictures/disk-store.js";
import { pruneCopies } from "../../src/pictures/prune-copies.js";
import { S3Store } from "../../src/pictures/s3-store.js";
import { type FakeS3, startFakeS3 } from "../support/fake-s3.js";
import { type Answer, ask, askWithFiles, type Gateway, samplePhoto, startGateway } from "../support/gateway.js";
import { likeness } from "../support/likeness.js";
import { listenOnLoopback } from "../support/loopback.js";

const PHOTO = "tommy-bebo-600358-unsplash.jpg";
const RESULT = "results { status error { code message } product { imageUrl images { url width height } } }";
const INGEST = `mutation ($products: [ProductInput!]!) { ingestProducts(products: $products) { ${RESULT} } }`;

interface Ingested {
  readonly status: string;
  readonly error: { readonly code: string } | null;
  readonly product: { imageUrl: string | null; images: { url: string; width: number | null; height: number | null }[] } | null;
}
type Payload = { ingestProducts: { results: Ingested[] } };

async function ingest({ url }: Gateway, product: Record<string, unknown>): Promise<Ingested & Pick<Answer<unknown>, "extensions">> {
  const { data, extensions } = await ask<Payload, unknown>(url, INGEST, { products: [product] });
  return { ...(data.ingestProducts.results[0] as Ingested), ...(extensions && { extensions }) };
}

async function fixture(name: string): Promise<Uint8Array> {
  return await readFile(join("test/fixtures/images", name));
}

const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString("base64");

async function files(folder: string): Promise<string[]> {
  const found = await readdir(folder, { recursive: true }).catch(() => []);
  return found.filter((each) => each.endsWith(".jpg"));
}

describe("the copy of a picture", () => {
  let gateway: Gateway;
  let imageUrl: string;
  let dataDir: string;

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), "likeness-"));
    gateway = await startGateway({ LIKENESS_DATA_DIR: dataDir, LIKENESS_ALLOW_PRIVATE_URLS: "1" });
    const upload = { paths: ["variables.products.0.image"], bytes: await fixture("turned.jpg") };
    const operations = { query: INGEST, variables: { products: [{ id: "turned", title: "Turned", image: null }] } };
    const { data } = await askWithFiles<Payload>(gateway.url, operations, [upload]);
    const [{ product } = {} as Ingested] = data.ingestProducts.results;
    imageUrl = product?.imageUrl as string;
    expect(product?.images).toEqual([{ url: imageUrl, width: expect.any(Number), height: expect.any(Number) }]);
  });
  afterAll(async () => {
    await gateway?.stop();
    await rm(dataDir, { recursive: true });
  });

  test("of an upload is served upright, without metadata, to be cached for ever", async () => {
    const response = await fetch(imageUrl);
    expect(response.status).toBe(200);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      "content-type": "image/jpeg",
      "cache-control": "public, max-age=31536000, immutable",
      "x-content-type-options": "nosniff",
      etag: expect.stringMatching(/^"[0-9a-f]{64}"$/),
      // Nothing in it is run, and pages elsewhere may show it.
      "content-security-policy": "default-src 'none'; sandbox",
      "cross-origin-resource-policy": "cross-origin",
    });
    const source = await sharp(await fixture("turned.jpg")).metadata();
    const copy = await sharp(await response.arrayBuffer()).metadata();
    expect(source.orientation).toBeGreaterThan(1);
    expect([copy.width, copy.height]).toEqual([source.autoOrient.width, source.autoOrient.height]);
    expect([copy.format, copy.exif, copy.orientation, copy.icc, copy.xmp]).toEqual(["jpeg", undefined, undefined, undefined, undefined]);
    const head = await fetch(imageUrl, { method: "HEAD" });
    expect([head.status, head.headers.get("etag")]).toEqual([200, response.headers.get("etag")]);
  });

  test("is not sent to a client that has it", async () => {
    const etag = (await fetch(`${imageUrl}?width=160`)).headers.get("etag") as string;
    const again = await fetch(`${imageUrl}?width=160`, { headers: { "if-none-match": `"other", W/${etag}` } });
    expect([again.status, await again.text()]).toEqual([304, ""]);
    expect((await fetch(imageUrl, { headers: { "if-none-match": etag } })).status).toBe(200);
    expect((await fetch(imageUrl, { headers: { "if-none-match": "*" } })).status).toBe(304);
  });

  test("comes from base64 too, at most 1024 pixels long, in the sizes that are named and no others", async () => {
    const photo = await samplePhoto(PHOTO);
    const { product } = await ingest(gateway, { id: "ball", title: "Basketball", imageBase64: base64(photo) });
    const { width, height } = await sharp(photo).metadata();
    expect(Math.max(width, height)).toBeGreaterThan(1024);
    const [image] = product?.images ?? [];
    expect(Math.max(image?.width as number, image?.height as number)).toBe(1024);
    expect((image?.width as number) / (image?.height as number)).toBeCloseTo(width / height, 2);
    for (const size of [160, 320, 640]) {
      const response = await fetch(`${image?.url}?width=${size}`);
      expect((await sharp(await response.arrayBuffer()).metadata()).width).toBe(size);
    }
    const refused = await fetch(`${image?.url}?width=200`);
    expect(refused.status).toBe(400);
    expect(refused.headers.get("cache-control")).toBe("no-store");
    expect(await refused.json()).toMatchObject({
      errors: [{ extensions: { code: "BAD_USER_INPUT" }, message: expect.stringContaining("320") }],
    });
  });

  test("is to the encoder almost what its source is", async () => {
    const { encoder } = gateway.app;
    const copies = gateway.app.copies as PictureCopies;
    const photo = await samplePhoto(PHOTO);
    const { name } = await copies.keep(photo);
    const [source, copy] = await encoder.encodeImages([photo, (await copies.read(name)) as Uint8Array]);
    expect(cosine(source as Embedding, copy as Embedding)).toBeGreaterThan(0.98);
  });

  test("is never enlarged, and transparent parts are white", async () => {
    const { product } = await ingest(gateway, { id: "clear", title: "Clear", imageBase64: base64(await fixture("transparent.png")) });
    const source = await sharp(await fixture("transparent.png")).metadata();
    expect(source.hasAlpha).toBe(true);
    expect(product?.images).toMatchObject([{ width: source.width, height: source.height }]);
    const wide = await fetch(`${product?.imageUrl}?width=640`);
    expect((await sharp(await wide.arrayBuffer()).metadata()).width).toBe(Math.min(640, source.width));
  });

  test("goes by our own names alone", async () => {
    const origin = new URL(imageUrl).origin;
    const unknown = `${"0".repeat(64)}.jpg`;
    for (const file of [unknown, "..%2f..%2fcursor-secret", "..%2fcursor-secret.jpg", "%2e%2e/cursor-secret", "x.jpg", "%00.jpg"]) {
      const response = await fetch(`${origin}/pictures/${file}`);
      expect([file, response.status]).toEqual([file, 404]);
      expect(await response.text()).not.toContain(await readFile(join(dataDir, "cursor-secret"), "utf8"));
    }
  });

  test("outlives the server that a picture came from, and is not made again for a new price", async () => {
    const photo = await samplePhoto("adam-birkett-239153-unsplash.jpg");
    const shop = createServer((_request, response) => response.end(photo));
    const source = `${await listenOnLoopback(shop)}/cards.jpg`;
    const { product } = await ingest(gateway, { id: "url", title: "By URL", imageUrl: source });
    const before = await stat(fileOf(product?.imageUrl));
    const dearer = await ingest(gateway, { id: "url", title: "By URL", imageUrl: source, price: { amount: 9, currency: "EUR" } });
    expect([dearer.status, dearer.product?.imageUrl]).toEqual(["UPDATED", product?.imageUrl]);
    expect((await stat(fileOf(product?.imageUrl))).mtimeMs).toBe(before.mtimeMs);
    shop.close();
    expect((await fetch(product?.imageUrl as string)).status).toBe(200);
  });

  test("is kept once, of each of several pictures, and beside a ready embedding", async () => {
    const before = await files(join(dataDir, "pictures"));
    const imageBase64 = base64(await fixture("rgb.jpg"));
    const embedding = Array.from({ length: gateway.app.encoder.dimension }, (_, i) => i + 1);
    const first = await ingest(gateway, { id: "one", imageBase64, embedding });
    const second = await ingest(gateway, { id: "two", title: "Two", imageBase64 });
    expect(first.product?.imageUrl).toBe(second.product?.imageUrl);
    expect(await files(join(dataDir, "pictures"))).toHaveLength(before.length + 1);
    expect(await ingest(gateway, { id: "one", imageBase64, embedding })).toMatchObject({ status: "UNCHANGED" });
  });

  test("that was left cut off is missing, until a product comes with the same picture", async () => {
    const imageBase64 = base64(await fixture("grey.jpg"));
    const url = (await ingest(gateway, { id: "grey", title: "Grey", imageBase64 })).product?.imageUrl as string;
    const whole = await readFile(fileOf(url));
    for (const left of [0, whole.length >> 1]) {
      await truncate(fileOf(url), left);
      expect([(await fetch(url)).status, (await fetch(`${url}?width=160`)).status]).toEqual([404, 404]);
      expect((await fetch(url, { headers: { "if-none-match": "*" } })).status).toBe(404);
      expect(await ingest(gateway, { id: `again-${left}`, title: "Again", imageBase64 })).toMatchObject({ status: "CREATED" });
      expect(await readFile(fileOf(url))).toEqual(whole);
      expect((await fetch(url)).status).toBe(200);
    }
  });

  function fileOf(url: string | null | undefined): string {
    const name = new URL(url as string).pathname.slice("/pictures/".length);
    return join(dataDir, "pictures", name.slice(0, 2), name);
  }
});

describe("the settings of the store", () => {
  test("never make a product another one: copies come later without an encode, and go", async () => {
    const dataDir = await mkdtemp(join(tmpdir(), "likeness-"));
    const product = { id: "late", title: "Late", imageBase64: base64(await fixture("rgb.jpg")) };
    async function during<T>(env: Record<string, string>, work: (gateway: Gateway) => Promise<T>): Promise<T> {
      const gateway = await startGateway({ LIKENESS_DATA_DIR: dataDir, ...env });
      try {
        return await work(gateway);
      } finally {
        await gateway.stop();
      }
    }
    await during({ LIKENESS_PICTURES: "off" }, async (gateway) => {
      expect(await ingest(gateway, product)).toMatchObject({ status: "CREATED", product: { imageUrl: null, images: [] } });
      expect((await fetch(new URL(`/pictures/${"0".repeat(64)}.jpg`, gateway.url))).status).toBe(404);
    });
    await during({ LIKENESS_PUBLIC_URL: "https://cdn.example/shop/" }, async (gateway) => {
      const added = await ingest(gateway, product);
      expect(added).toMatchObject({
        status: "UPDATED",
        product: { imageUrl: expect.stringMatching(/^https:\/\/cdn.example\/shop\/pictures\/\w{64}\.jpg$/) },
      });
      expect(added.extensions?.likeness).toMatchObject({ imagesEncoded: 0, textsEncoded: 0 });
      expect(await ingest(gateway, product)).toMatchObject({ status: "UNCHANGED" });
    });
    await during({ LIKENESS_PICTURES: "off" }, async (gateway) => {
      expect(await ingest(gateway, product)).toMatchObject({ status: "UNCHANGED", product: { imageUrl: null, images: [] } });
    });
    await rm(dataDir, { recursive: true });
  });
});

describe("copies in S3", () => {
  let s3: FakeS3;
  let gateway: Gateway;
  const environment = { AWS_REGION: "eu-west-1", AWS_ACCESS_KEY_ID: "test", AWS_SECRET_ACCESS_KEY: "test", AWS_MAX_ATTEMPTS: "1" };

  beforeAll(async () => {
    s3 = await startFakeS3();
    Object.assign(process.env, environment, { AWS_ENDPOINT_URL_S3: s3.url });
    gateway = await startGateway({ LIKENESS_PICTURES: "s3", LIKENESS_PICTURES_BUCKET: "shop", LIKENESS_PICTURES_PREFIX: "copies/" });
  });
  afterAll(async () => {
    await gateway?.stop();
    await s3?.close();
  });

  test("are written, served, and missed when the store fails", async () => {
    const imageBase64 = base64(await fixture("rgb.jpg"));
    const { product } = await ingest(gateway, { id: "s3", title: "In S3", imageBase64 });
    const [[key, object] = []] = s3.objects;
    expect(key).toBe(`shop/copies/${new URL(product?.imageUrl as string).pathname.slice("/pictures/".length)}`);
    expect(object?.contentType).toBe("image/jpeg");
    expect(Buffer.from(await (await fetch(product?.imageUrl as string)).arrayBuffer())).toEqual(object?.body);
    expect((await fetch(`${product?.imageUrl}`.replace(/\w{64}/, "0".repeat(64)))).status).toBe(404);
    s3.denied = true;
    expect(await ingest(gateway, { id: "no", title: "No", imageBase64 })).toMatchObject({
      status: "FAILED",
      error: { code: "PICTURES_UNAVAILABLE" },
    });
    expect((await fetch(product?.imageUrl as string)).status).toBe(503);
    s3.denied = false;
    expect(await ingest(gateway, { id: "no", title: "No", imageBase64 })).toMatchObject({ status: "CREATED" });
  });

  test("are told to be out of reach by a clean-up that may not list them", async () => {
    s3.denied = true;
    const pruned = pruneCopies(new S3Store({ bucket: "shop", prefix: "copies/" }), [gateway.app.index], {
      before: new Date(),
      dryRun: true,
    });
    await expect(pruned).rejects.toMatchObject({ code: "PICTURES_UNAVAILABLE", message: expect.stringContaining("AccessDenied") });
    s3.denied = false;
  });

  test("are listed over several pages, and removed by age", async () => {
    const store = new S3Store({ bucket: "shop", prefix: "many/" });
    const names = Array.from({ length: 5 }, (_, i) => `${i}`.repeat(64));
    for (const name of names) await store.write(name, Buffer.from(name));
    s3.objects.set("shop/many/notes.txt", { body: Buffer.from(""), contentType: undefined, modified: new Date() });
    const listed: string[] = [];
    for await (const { name } of store.list()) listed.push(name);
    expect(listed).toEqual(names);
    const [name = ""] = names;
    expect(await store.removeOlder(name, new Date(0))).toBe(false);
    expect(await store.removeOlder(name, new Date(Date.now() + 60_000))).toBe(true);
    expect([await store.read(name), await store.removeOlder(name, new Date())]).toEqual([null, false]);
  });
});

describe("likeness pictures prune", () => {
  test("removes what no product has and leaves the young alone", { timeout: 240_000 }, async () => {
    const dataDir = await mkdtemp(join(tmpdir(), "likeness-"));
    const gateway = await startGateway({ LIKENESS_DATA_DIR: dataDir });
    const keep = await ingest(gateway, { id: "keep", imageBase64: base64(await fixture("rgb.jpg")) });
    await ingest(gateway, { id: "gone", imageBase64: base64(await fixture("wide.png")) });
    await gateway.app.index.delete(["gone"]);
    const store = new DiskStore(join(dataDir, "pictures"));
    const young = { before: new Date(Date.now() - 3_600_000), dryRun: false };
    expect(await pruneCopies(store, [gateway.app.index], young)).toEqual({ stored: 2, removed: 0 });
    const old = { before: new Date(Date.now() + 60_000), dryRun: true };
    expect(await pruneCopies(store, [gateway.app.index], old)).toEqual({ stored: 2, removed: 1 });
    await gateway.stop();
    const { stdout } = await likeness(["pictures", "prune", "--older-than", "0"], dataDir);
    expect(stdout).toBe("2 copies; removed 1 that no product has.\n");
    const [left] = await files(join(dataDir, "pictures"));
    expect(keep.product?.imageUrl).toContain(basename(left as string));
    await rm(dataDir, { recursive: true });
  });
});
