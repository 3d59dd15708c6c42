import { readFile } from "node:fs/promises";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { cosine, type Embedding } from "../../src/domain/embedding.js";
import type { Encoder } from "../../src/domain/ports.js";
import { OnnxEncoder } from "../../src/encoders/onnx/onnx-encoder.js";
import { samplePhoto } from "../support/gateway.js";

export const MODEL = "models/likeness-mini";

/** Formats, colour spaces, an animation, transparency, a turned photo, extreme shapes. */
const IMAGES = ["animated.gif", "cmyk.jpg", "grey-16-bit.png", "grey.jpg", "lossless.webp", "one-pixel.png", "photo.avif", "rgb.jpg"];
const MORE_IMAGES = ["transparent.png", "turned.jpg", "wide.png"];
const TEXTS = ["", "red shoes", "a sofa of brown leather", "👟 靴 обувь", 'quotes " and \\ and \u0000', "\ud83d"];

/** What every encoder of one model has to do alike; the embedded one is the truth. */
export function encoderContract(name: string, open: () => Promise<Encoder>): void {
  describe(`${name}: encoding`, () => {
    let encoder: Encoder;
    let truth: Encoder;
    beforeAll(async () => {
      truth = await OnnxEncoder.open({ directory: MODEL });
      encoder = await open();
    });
    afterAll(() => Promise.all([encoder.close(), truth.close()]));

    it("is of the model that it serves", () => {
      expect({ modelId: encoder.modelId, dimension: encoder.dimension }).toEqual({ modelId: truth.modelId, dimension: truth.dimension });
    });

    it("gives texts the model's embeddings, in their order, of length 1", async () => {
      const expected = (await truth.encodeTexts(TEXTS)) as Embedding[];
      const got = (await encoder.encodeTexts(TEXTS)) as Embedding[];
      got.forEach((each, i) => {
        expect(Math.hypot(...each)).toBeCloseTo(1, 5);
        expect(cosine(each, expected[i] as Embedding)).toBeGreaterThan(0.999);
      });
      expect(got).toHaveLength(TEXTS.length);
    });

    it("takes a text of any length; how much of it is read differs where a container does not tell what it is", async () => {
      const [expected] = (await truth.encodeTexts(["shoe ".repeat(20_000)])) as [Embedding];
      const [got] = (await encoder.encodeTexts(["shoe ".repeat(20_000)])) as [Embedding];
      expect(cosine(got, expected)).toBeGreaterThan(0.9);
    });

    it.each([...IMAGES, ...MORE_IMAGES])("gives %s the model's embedding", async (file) => {
      const bytes = await readFile(`test/fixtures/images/${file}`);
      const [expected] = (await truth.encodeImages([bytes])) as Embedding[];
      const [got] = (await encoder.encodeImages([bytes])) as Embedding[];
      expect(cosine(got as Embedding, expected as Embedding)).toBeGreaterThan(0.999);
      expect(Math.hypot(...(got as Embedding))).toBeCloseTo(1, 5);
    });

    it("keeps a bad picture's error at its place and encodes the others", async () => {
      const photo = await samplePhoto("derick-david-409858-unsplash.jpg");
      const other = await samplePhoto("paul-weaver-1120584-unsplash.jpg");
      const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>');
      const outcomes = await encoder.encodeImages([Buffer.from("no picture"), photo, photo.subarray(0, 9000), svg, other]);
      for (const i of [0, 2, 3]) expect(outcomes[i]).toMatchObject({ code: "NOT_AN_IMAGE" });
      const [first, second] = (await truth.encodeImages([photo, other])) as Embedding[];
      expect(cosine(outcomes[1] as Embedding, first as Embedding)).toBeGreaterThan(0.999);
      expect(cosine(outcomes[4] as Embedding, second as Embedding)).toBeGreaterThan(0.999);
    });

    it("takes a picture larger than any payload, and one as thin as a line", async () => {
      const photo = await samplePhoto("derick-david-409858-unsplash.jpg");
      const large = await sharp(photo).resize(4200).png({ compressionLevel: 1 }).toBuffer();
      const line = await sharp({ create: { width: 30_000, height: 1, channels: 3, background: "red" } })
        .png()
        .toBuffer();
      expect(large.byteLength).toBeGreaterThan(4_000_000);
      const [expected] = (await truth.encodeImages([large])) as Embedding[];
      const outcomes = (await encoder.encodeImages([large, line])) as Embedding[];
      expect(cosine(outcomes[0] as Embedding, expected as Embedding)).toBeGreaterThan(0.99);
      expect(Math.hypot(...(outcomes[1] as Embedding))).toBeCloseTo(1, 5);
    });

    it("answers nothing for nothing, and a long list in its order", async () => {
      expect(await encoder.encodeTexts([])).toEqual([]);
      expect(await encoder.encodeImages([])).toEqual([]);
      const texts = Array.from({ length: 100 }, (_, i) => `product number ${i}`);
      const together = (await encoder.encodeTexts(texts)) as Embedding[];
      const expected = (await truth.encodeTexts(texts)) as Embedding[];
      together.forEach((each, i) => {
        expect(cosine(each, expected[i] as Embedding)).toBeGreaterThan(0.999);
      });
      expect(together).toHaveLength(100);
    });

    it("refuses to encode once closed", async () => {
      const other = await open();
      await other.close();
      await other.close();
      expect(await other.encodeTexts(["a"])).toMatchObject([{ code: "ENCODER_UNAVAILABLE" }]);
    });
  });
}
