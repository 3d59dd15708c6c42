import { readFile } from "node:fs/promises";
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { checkPicture } from "../../src/pictures/check-picture.js";

const limits = { maxBytes: 1_000_000, maxPixels: 50_000_000 };
const drawn = sharp({ create: { width: 40, height: 30, channels: 3, background: "teal" } });
const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="9" height="9"/></svg>');

const tiff = await drawn.clone().tiff().toBuffer();

describe("checkPicture", () => {
  it.each(["jpeg", "png", "webp", "avif", "gif"] as const)("takes %s by its content", async (format) => {
    await expect(checkPicture(await drawn.clone().toFormat(format).toBuffer(), limits)).resolves.toBeUndefined();
  });

  it.each([
    ["SVG", svg, /SVG/],
    ["SVG after a byte order mark", Buffer.concat([Buffer.from("\ufeff <?xml version='1.0'?>"), svg]), /SVG/],
    ["TIFF", tiff, /TIFF/],
    ["HTML", Buffer.from("<!doctype html><title>404</title>"), /HTML/],
    ["PDF", Buffer.from("%PDF-1.7\n"), /PDF/],
    ["nothing", Buffer.alloc(0), /no bytes/],
    ["text", Buffer.from("hello, world"), /12 bytes that start with 68656c6c/],
    ["HEIC", Buffer.from("\0\0\0\x18ftypheic\0\0\0\0mif1heic", "latin1"), /HEIC/],
    ["a PNG cut off after its signature", Buffer.from("\x89PNG\r\n\x1a\n", "latin1"), /header is broken/],
  ])("refuses %s", async (_name, bytes, message) => {
    await expect(checkPicture(bytes, limits)).rejects.toMatchObject({
      code: "NOT_AN_IMAGE",
      message: expect.stringMatching(message),
    });
  });

  it("says how many pixels were got and are allowed", async () => {
    const png = await drawn.clone().png().toBuffer();
    await expect(checkPicture(png, { ...limits, maxPixels: 1199 })).rejects.toMatchObject({
      code: "IMAGE_TOO_LARGE",
      message: expect.stringMatching(/40 × 30 = 1200 pixels; at most 1199/),
    });
    await expect(checkPicture(png, { ...limits, maxPixels: 1200 })).resolves.toBeUndefined();
  });

  it("takes no picture that is longer than a JPEG can be, however thin it is", async () => {
    const column = (height: number) =>
      sharp({ create: { width: 1, height, channels: 3, background: "teal" } })
        .png()
        .toBuffer();
    await expect(checkPicture(await column(65_535), limits)).resolves.toBeUndefined();
    await expect(checkPicture(await column(65_536), limits)).rejects.toMatchObject({
      code: "IMAGE_TOO_LARGE",
      message: "Got a picture of 1 × 65536 pixels; no side may have more than 65535.",
    });
  });

  it("says how many bytes were got and are allowed, before it looks at any", async () => {
    await expect(checkPicture(Buffer.alloc(1001), { ...limits, maxBytes: 1000 })).rejects.toMatchObject({
      code: "UPLOAD_TOO_LARGE",
      message: "The picture has 1001 bytes; at most 1000 bytes are allowed.",
    });
    await expect(checkPicture(Buffer.alloc(1000), { ...limits, maxBytes: 1000 })).rejects.toMatchObject({ code: "NOT_AN_IMAGE" });
  });

  it("counts an animation's first frame only", async () => {
    const gif = await readFile("test/fixtures/images/animated.gif");
    const { width, height } = await sharp(gif).metadata();
    await expect(checkPicture(gif, { ...limits, maxPixels: width * height })).resolves.toBeUndefined();
  });
});
