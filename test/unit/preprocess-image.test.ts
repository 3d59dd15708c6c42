import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { preprocessImage, readImageSettings } from "../../src/encoders/onnx/preprocess-image.js";

/** Leaves bytes as they are. */
const PLAIN = { do_rescale: false, do_normalize: false };
const BILINEAR = 2;
const BICUBIC = 3;

/** A grey picture of these rows of bytes, as a graph would get it: the rows of its first channel. */
async function scaled(rows: number[][], width: number, height: number, resample: number): Promise<number[][]> {
  const raw = { width: rows[0]?.length as number, height: rows.length, channels: 3 as const };
  const bytes = Uint8Array.from(rows.flat().flatMap((byte) => [byte, byte, byte]));
  const png = await sharp(bytes, { raw }).png().toBuffer();
  const pixels = await preprocessImage(png, readImageSettings({ ...PLAIN, size: { width, height }, resample }));
  return Array.from({ length: height }, (_, y) => [...pixels.subarray(y * width, (y + 1) * width)]);
}

/** The greatest difference between the bytes of two pictures. */
const difference = (a: number[][], b: number[][]) =>
  Math.max(...a.flatMap((row, y) => row.map((value, x) => Math.abs(value - (b[y]?.[x] as number)))));

// What PIL 11.1 makes of the same bytes; each of its two passes may round another way.
describe("a picture is scaled as PIL does it", () => {
  it("larger, bilinearly", async () => {
    const small = [
      [10, 200, 90],
      [250, 0, 130],
    ];
    const expected = [
      [10, 58, 153, 173, 118, 90],
      [70, 91, 131, 138, 113, 100],
      [190, 156, 86, 68, 103, 120],
      [250, 188, 63, 33, 98, 130],
    ];
    expect(difference(await scaled(small, 6, 4, BILINEAR), expected)).toBeLessThanOrEqual(2);
  });

  it.each([
    ["bilinearly", BILINEAR, [10, 44, 147, 250, 169, 87, 60]],
    ["bicubically", BICUBIC, [0, 34, 157, 250, 182, 80, 42]],
  ])("narrower and higher, %s", async (_, resample, expected) => {
    const striped = [10, 250, 60].map((byte) => new Array<number>(8).fill(byte));
    const rows = expected.map((byte) => [byte, byte]);
    expect(difference(await scaled(striped, 2, 7, resample), rows)).toBeLessThanOrEqual(1);
  });
});

describe("preprocessor_config.json", () => {
  const config = { ...PLAIN, size: { shortest_edge: 224 }, crop_size: { width: 224, height: 224 } };

  it("may say null for what it leaves out, as the fast processors write it", () => {
    const nulls = { do_center_crop: null, crop_size: null, rescale_factor: null, resample: null };
    const square = { ...PLAIN, size: { height: 384, width: 384 } };
    expect(readImageSettings({ ...square, ...nulls })).toEqual(readImageSettings(square));
  });

  it.each([
    ["no size at all", { size: null, crop_size: null }, 'needs "crop_size", or "size"'],
    ["a size in words", { crop_size: "224" }, 'whole numbers of pixels in "crop_size"'],
    ["a longest side", { size: { longest_edge: 224 } }, 'whole numbers of pixels in "size"'],
    ["no pixels", { size: { shortest_edge: 0 } }, 'whole numbers of pixels in "size"'],
    ["half pixels", { crop_size: 223.5 }, 'whole numbers of pixels in "crop_size"'],
    ["no mean", { do_normalize: true, image_std: [1, 1, 1] }, "image_mean and image_std of three numbers"],
    ["a mean in words", { do_normalize: true, image_mean: [0, 0, "x"], image_std: [1, 1, 1] }, "needs numbers as image_mean"],
    [
      "a mean that only looks like numbers",
      { do_normalize: true, image_mean: [null, true, "0"], image_std: [1, 1, 1] },
      "needs numbers as image_mean",
    ],
    ["a factor of 0", { do_rescale: true, rescale_factor: 0 }, "rescale_factor (not 0)"],
    ["a flag in words", { do_center_crop: "false" }, "needs true or false as do_center_crop"],
    ["a resampling in words", { resample: "bilinear" }, "as resample"],
    ["a resampling that is not there", { resample: 4 }, "as resample"],
    ["a deviation of 0", { do_normalize: true, image_mean: [0, 0, 0], image_std: [1, 1, 0] }, "none of them 0"],
  ])("is refused with %s", (_, change, why) => {
    expect(() => readImageSettings({ ...config, ...change })).toThrow(
      expect.objectContaining({ code: "ENCODER_UNAVAILABLE", message: expect.stringContaining(why) }),
    );
  });
});
