import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { cosine, type Embedding, normalize } from "../../src/domain/embedding.js";
import { readModelDirectory } from "../../src/encoders/onnx/model-directory.js";
import { OnnxEncoder } from "../../src/encoders/onnx/onnx-encoder.js";
import { preprocessImage } from "../../src/encoders/onnx/preprocess-image.js";
import { TextTokenizer } from "../../src/encoders/onnx/tokenize.js";

const directory = "test/fixtures/tiny-clip";
const reference = JSON.parse(await readFile(`${directory}/reference.json`, "utf8")) as {
  texts: { text: string; inputIds: number[]; embedding: number[] }[];
  images: { path: string; pixelMean: number; embedding: number[] }[];
};

describe("a CLIP model gives what Hugging Face's Python pipeline gives", () => {
  let encoder: OnnxEncoder;
  beforeAll(async () => {
    encoder = await OnnxEncoder.open({ directory });
  });
  afterAll(() => encoder.close());

  it.each(reference.texts)("tokens of $text", async ({ text, inputIds }) => {
    expect(new TextTokenizer(await readModelDirectory(directory)).idsOf(text)).toEqual(inputIds);
  });

  it("embeddings of all texts, in one batch", async () => {
    const embeddings = await encoder.encodeTexts(reference.texts.map(({ text }) => text));
    embeddings.forEach((embedding, i) => {
      const { text, embedding: expected } = reference.texts[i] as (typeof reference.texts)[number];
      expect(cosine(embedding as Embedding, normalize(expected)), text).toBeGreaterThan(0.999);
    });
  });

  // PIL turns CMYK into RGB by plain arithmetic, libvips by a colour profile, which is truer; so that one differs.
  const comparable = reference.images.filter(({ path }) => !path.endsWith("cmyk.jpg"));

  it.each(comparable)("pixels and embedding of $path", async ({ path, pixelMean, embedding: expected }) => {
    const bytes = await readFile(path);
    const pixels = await preprocessImage(bytes, (await readModelDirectory(directory)).imageSettings);
    expect(pixels.reduce((sum, value) => sum + value, 0) / pixels.length).toBeCloseTo(pixelMean, 1);
    const [embedding] = await encoder.encodeImages([bytes]);
    expect(cosine(embedding as Embedding, normalize(expected))).toBeGreaterThan(0.99);
  });
});
