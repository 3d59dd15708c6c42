import { hash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { pino } from "pino";
import { describe, expect, it } from "vitest";
import type { PictureCopies } from "../../src/domain/ports.js";
import { MemoryIndex } from "../../src/indexes/memory/memory-index.js";
import { IngestProducts } from "../../src/ingest/ingest-products.js";
import { loadPicture } from "../../src/ingest/load-draft.js";
import type { PictureSource, ProductDraft } from "../../src/ingest/product-draft.js";
import { createPictures } from "../../src/pictures/pictures.js";
import { embeddingOf, WordEncoder } from "../support/word-encoder.js";

const PHOTO = await readFile("test/fixtures/images/rgb.jpg");

/** How the ingest of one product with this picture ends, where a picture may have so many bytes. */
async function ingest(source: PictureSource, maxBytes: number, over: Partial<ProductDraft> = {}, copies: PictureCopies | null = null) {
  const [encoder, index] = [new WordEncoder(), new MemoryIndex()];
  await index.ensureReady(encoder);
  const pictures = createPictures({ maxBytes, maxPixels: 1e6, timeoutMs: 1000, allowPrivateUrls: false });
  const [result] = await new IngestProducts(encoder, index, pictures, pino({ level: "silent" }), copies).ingest([
    { id: "a", title: "A", images: [source], ...over },
  ]);
  return result;
}

describe("copies beside a ready embedding", () => {
  const copies: PictureCopies = {
    keep: async (bytes) => ({ name: hash("sha256", bytes, "hex"), width: 1, height: 1 }),
    read: async () => null,
  };
  const embedding = embeddingOf("a");

  it("are made of another picture, though the embedding is the same", async () => {
    const index = new MemoryIndex();
    await index.ensureReady(new WordEncoder());
    const pictures = createPictures({ maxBytes: 1e6, maxPixels: 1e6, timeoutMs: 1000, allowPrivateUrls: false });
    const products = new IngestProducts(new WordEncoder(), index, pictures, pino({ level: "silent" }), copies);
    for (const [title, file] of [
      ["A", "rgb.jpg"],
      ["B", "grey.jpg"],
    ]) {
      const bytes = await readFile(`test/fixtures/images/${file}`);
      const [result] = await products.ingest([{ id: "a", title, images: [{ bytes }], embedding }]);
      expect(result?.product?.images).toMatchObject([{ kept: hash("sha256", bytes, "hex") }]);
    }
  });

  it("take the place of no picture that is named by URL, and not downloaded", async () => {
    const url = "https://shop.example/a.jpg";
    const result = await ingest({ url }, 1e6, { embedding, images: [{ url }, { bytes: PHOTO }] }, copies);
    expect(result?.product?.images).toMatchObject([{ url }]);
  });
});

describe("a picture's file", () => {
  const file = "test/fixtures/images/rgb.jpg";

  it("may be as large as is allowed", async () => {
    expect(await loadPicture(file, PHOTO.byteLength)).toEqual({ bytes: PHOTO });
    await expect(loadPicture(file, PHOTO.byteLength - 1)).rejects.toMatchObject({
      code: "UPLOAD_TOO_LARGE",
      options: { field: ["image"] },
    });
  });

  it.each(["none.jpg", ""])("is missing where there is none, or a folder: %j", async (name) => {
    await expect(loadPicture(`test/fixtures/images/${name}`, 1e6)).rejects.toMatchObject({
      code: "NOT_FOUND",
      options: { field: ["image"] },
    });
  });
});

describe("the largest picture of an ingest", () => {
  const base64 = PHOTO.toString("base64");

  it.each<[string, PictureSource, string[] | null]>([
    ["in base64", { base64 }, ["imageBase64"]],
    ["in base64 with a prefix", { base64: `data:image/jpeg;base64,${base64}` }, ["imageBase64"]],
    ["of a file", { bytes: PHOTO }, null],
  ])("is one of as many bytes as are allowed: %s", async (_, source, field) => {
    expect(await ingest(source, PHOTO.byteLength)).toMatchObject({ status: "CREATED" });
    expect(await ingest(source, PHOTO.byteLength - 1)).toMatchObject({
      status: "FAILED",
      error: {
        code: "UPLOAD_TOO_LARGE",
        field,
        message: `The picture has ${PHOTO.byteLength} bytes; at most ${PHOTO.byteLength - 1} bytes are allowed.`,
      },
    });
  });

  it.each([
    ["a prefix in capitals", `DATA:image/jpeg;BASE64,${base64}`],
    ["white space before the prefix", `\n data:image/jpeg;base64, ${base64}`],
    ["lines", base64.replace(/.{76}/g, "$&\r\n")],
    ["the alphabet of URLs, unpadded", PHOTO.toString("base64url")],
  ])("is read from base64 with %s", async (_, text) => {
    expect(await ingest({ base64: text }, PHOTO.byteLength)).toMatchObject({ status: "CREATED" });
  });

  it("names the field of what is no picture", async () => {
    const noPicture = { base64: Buffer.from("no picture").toString("base64") };
    expect(await ingest(noPicture, 1000)).toMatchObject({ error: { code: "NOT_AN_IMAGE", field: ["imageBase64"] } });
    const empty = await ingest({ base64: "" }, 1000);
    expect(empty?.error).toMatchObject({
      code: "BAD_USER_INPUT",
      field: ["imageBase64"],
      message: "imageBase64 is empty: give a picture, or leave it out.",
    });
  });

  it.each<[string, PictureCopies | null]>([
    ["are not", null],
    ["are", { keep: async () => ({ name: "copy", width: 1, height: 1 }), read: async () => null }],
  ])("does so beside a ready embedding too, whether copies %s kept", async (_, copies) => {
    const embedding = embeddingOf("a");
    const ends = (source: PictureSource) => ingest(source, PHOTO.byteLength, { embedding }, copies);
    expect(await ends({ base64: "?" })).toMatchObject({ error: { code: "BAD_USER_INPUT", field: ["imageBase64"] } });
    expect(await ends({ base64: "bm8gcGljdHVyZQ==" })).toMatchObject({ error: { code: "NOT_AN_IMAGE", field: ["imageBase64"] } });
    const upload = { read: async () => Buffer.from("no picture"), field: ["image"] };
    expect(await ends(upload)).toMatchObject({ error: { code: "NOT_AN_IMAGE", field: ["image"] } });
    expect(
      await ingest({ base64: "?" }, 1, { embedding, images: [{ url: "https://shop.example/a.jpg" }, { base64: "?" }] }, copies),
    ).toMatchObject({
      error: { code: "BAD_USER_INPUT", field: ["imageBase64"] },
    });
    expect(await ends({ base64 })).toMatchObject({ status: "CREATED" });
    expect(await ends({ url: "https://shop.example/a.jpg" })).toMatchObject({ status: "CREATED" });
  });
});
