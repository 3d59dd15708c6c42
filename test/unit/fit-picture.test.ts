import { readFile } from "node:fs/promises";
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { fitPicture } from "../../src/encoders/sagemaker/fit-picture.js";
import { samplePhoto } from "../support/gateway.js";

const fixture = (name: string) => readFile(`test/fixtures/images/${name}`);

/** Mean difference of two pictures' 8-bit channels at a common size. */
async function difference(a: Uint8Array, b: Uint8Array): Promise<number> {
  const pixels = (bytes: Uint8Array) =>
    sharp(bytes)
      .autoOrient()
      .flatten({ background: "white" })
      .toColourspace("srgb")
      .removeAlpha()
      .resize(64, 64, { fit: "fill" })
      .raw()
      .toBuffer();
  const [one, two] = await Promise.all([pixels(a), pixels(b)]);
  return one.reduce((sum, value, i) => sum + Math.abs(value - (two[i] as number)), 0) / one.length;
}

describe("fitPicture", () => {
  it("sends a plain JPEG or PNG that fits byte by byte", async () => {
    const wide = await fixture("wide.png");
    const photo = await samplePhoto("derick-david-409858-unsplash.jpg");
    expect(await fitPicture(wide, 4_000_000)).toBe(wide);
    expect(await fitPicture(photo, photo.byteLength)).toBe(photo);
  });

  it.each(["animated.gif", "cmyk.jpg", "grey-16-bit.png", "lossless.webp", "photo.avif", "transparent.png", "turned.jpg"])(
    "settles for %s what decoders disagree on, without loss",
    async (name) => {
      const bytes = await fixture(name);
      const fitted = await fitPicture(bytes, 4_000_000);
      const { format, hasAlpha, orientation = 1, depth, pages = 1 } = await sharp(fitted).metadata();
      expect({ format, hasAlpha, orientation, depth, pages }).toEqual({
        format: "png",
        hasAlpha: false,
        orientation: 1,
        depth: "uchar",
        pages: 1,
      });
      const { width, height } = (await sharp(bytes).metadata()).autoOrient;
      expect(await sharp(fitted).metadata()).toMatchObject({ width, height });
      expect(await difference(fitted, bytes)).toBeLessThan(1.5);
    },
  );

  it("shrinks a large picture, no more than the limit asks for", async () => {
    const photo = await samplePhoto("derick-david-409858-unsplash.jpg");
    const large = await sharp(photo).resize(4200).png({ compressionLevel: 1 }).toBuffer();
    expect(large.byteLength).toBeGreaterThan(4_000_000);
    const sizes: number[] = [];
    for (const limit of [4_000_000, 400_000, 60_000]) {
      const fitted = await fitPicture(large, limit);
      expect(fitted.byteLength).toBeLessThanOrEqual(limit);
      expect(await difference(fitted, large)).toBeLessThan(3);
      sizes.push((await sharp(fitted).metadata()).width);
    }
    expect(sizes[0]).toBeGreaterThan(2000);
    expect(sizes).toEqual([...sizes].sort((a, b) => b - a));
  });

  it("fits even a line, and noise", async () => {
    const thin = await sharp({ create: { width: 60_000, height: 1, channels: 4, background: "#f008" } })
      .png()
      .toBuffer();
    expect((await fitPicture(await sharp(thin).resize(60_000, 40, { fit: "fill" }).png().toBuffer(), 256 * 1024)).byteLength).toBeLessThan(
      256 * 1024,
    );
    expect((await fitPicture(thin, 256 * 1024)).byteLength).toBeLessThanOrEqual(256 * 1024);
    const noise = { type: "gaussian", mean: 128, sigma: 60 } as const;
    const loud = await sharp({ create: { width: 1200, height: 1200, channels: 3, background: "red", noise } })
      .png()
      .toBuffer();
    expect((await fitPicture(loud, 256 * 1024)).byteLength).toBeLessThanOrEqual(256 * 1024);
    const loudLine = await sharp({ create: { width: 16_000, height: 40, channels: 3, background: "red", noise } })
      .png()
      .toBuffer();
    expect((await fitPicture(loudLine, 256 * 1024)).byteLength).toBeLessThanOrEqual(256 * 1024);
  });

  it.each([
    ["no picture", async () => Buffer.from("no picture")],
    ["a JPEG cut off", async () => (await samplePhoto("derick-david-409858-unsplash.jpg")).subarray(0, 9000)],
    ["a WebP cut off", async () => (await fixture("lossless.webp")).subarray(0, 200)],
    ["an SVG", async () => Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>')],
    ["nothing", async () => new Uint8Array()],
  ])("refuses %s", async (_, bytes) => {
    await expect(fitPicture(await bytes(), 4_000_000)).rejects.toMatchObject({ code: "NOT_AN_IMAGE" });
  });
});
