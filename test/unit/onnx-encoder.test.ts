import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { cosine, type Embedding } from "../../src/domain/embedding.js";
import { locateModel } from "../../src/encoders/onnx/download-model.js";
import { OnnxEncoder } from "../../src/encoders/onnx/onnx-encoder.js";

const photo = (name: string) => readFile(`node_modules/@vendure/create/assets/images/${name}-unsplash.jpg`);

/** Photos of things that ImageNet knows, each with a name for it. */
const PHOTOS: [string, string][] = [
  ["derick-david-409858", "laptop computer"],
  ["mikkel-bech-748940", "bicycle"],
  ["chuttersnap-584518", "running shoe"],
  ["paul-weaver-1120584", "sofa"],
  ["tommy-bebo-600358", "basketball"],
  ["juan-gomez-674574", "computer keyboard"],
];

let encoder: OnnxEncoder;
beforeAll(async () => {
  encoder = await OnnxEncoder.open({ directory: "models/likeness-mini", threads: 2 });
});
afterAll(() => encoder.close());

const lengthOf = (embedding: Embedding) => Math.hypot(...embedding);

describe("OnnxEncoder with the model that comes along", () => {
  it("says what it is", async () => {
    const { projection_dim } = JSON.parse(await readFile("models/likeness-mini/config.json", "utf8"));
    expect(encoder).toMatchObject({ kind: "onnx", dimension: projection_dim });
    expect(encoder.modelId).toMatch(/^likeness-mini@[0-9a-f]{8}$/);
    const named = await OnnxEncoder.open({ directory: "models/likeness-mini", modelId: "mine" });
    expect(named.modelId).toBe("mine");
    await named.close();
  });

  it("is of the version that its recipe makes, and calibrated for itself", async () => {
    const { version } = JSON.parse(await readFile("models/likeness-mini/config.json", "utf8"));
    expect(await readFile("models/likeness-mini/train/train.py", "utf8")).toContain(`\nVERSION = "${version}"\n`);
    const { modelId } = JSON.parse(await readFile("models/likeness-mini/calibration.json", "utf8"));
    expect(modelId).toBe(encoder.modelId);
  });

  it("gives embeddings of length 1, for an empty and an endless text too", async () => {
    for (const each of await encoder.encodeTexts(["", "red shoes", "shoe ".repeat(100_000), "👟 靴 обувь"])) {
      expect((each as Embedding).length).toBe(encoder.dimension);
      expect(lengthOf(each as Embedding)).toBeCloseTo(1, 5);
    }
    expect(await encoder.encodeTexts([])).toEqual([]);
    expect(await encoder.encodeImages([])).toEqual([]);
  });

  it("gives a text the same embedding alone as in a batch beyond one inference", async () => {
    const texts = Array.from({ length: 40 }, (_, i) => `${"long ".repeat(i)}shoe ${i}`);
    const together = await encoder.encodeTexts(texts);
    for (const i of [0, 1, 31, 32, 39]) {
      const [alone] = await encoder.encodeTexts([texts[i] as string]);
      expect(cosine(alone as Embedding, together[i] as Embedding)).toBeGreaterThan(0.9999);
    }
  });

  it("keeps a bad picture's error at its place and encodes the others as if alone", async () => {
    const laptop = await photo("derick-david-409858");
    const outcomes = await encoder.encodeImages([
      Buffer.from("no picture"),
      laptop,
      laptop.subarray(0, 9000),
      await photo("paul-weaver-1120584"),
    ]);
    expect(outcomes[0]).toMatchObject({ code: "NOT_AN_IMAGE" });
    expect(outcomes[2]).toMatchObject({ code: "NOT_AN_IMAGE" });
    const [alone] = await encoder.encodeImages([laptop]);
    expect(cosine(alone as Embedding, outcomes[1] as Embedding)).toBeGreaterThan(0.9999);
    expect(lengthOf(outcomes[3] as Embedding)).toBeCloseTo(1, 5);
  });

  it("finds a photo nearer to its own name than to the others", async () => {
    const names = (await encoder.encodeTexts(PHOTOS.map(([, name]) => name))) as Embedding[];
    const photos = (await encoder.encodeImages(await Promise.all(PHOTOS.map(([file]) => photo(file))))) as Embedding[];
    const nearest = photos.map((each) => {
      const similarities = names.map((name) => cosine(each, name));
      return PHOTOS[similarities.indexOf(Math.max(...similarities))]?.[1];
    });
    expect(nearest).toEqual(PHOTOS.map(([, name]) => name));
  });

  it("takes a picture as thin as a line without scaling it to a giant", async () => {
    const line = await sharp({ create: { width: 30_000, height: 1, channels: 3, background: "red" } })
      .png()
      .toBuffer();
    expect(await encoder.encodeImages([line])).toEqual([expect.any(Float32Array)]);
  });

  it("refuses to encode once closed", async () => {
    const other = await OnnxEncoder.open({ directory: "models/likeness-mini" });
    await other.close();
    await other.close();
    expect(await other.encodeTexts(["a"])).toMatchObject([{ code: "ENCODER_UNAVAILABLE" }]);
  });
});

describe("a model that cannot be used", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "likeness-model-"));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it("is refused by the name of what is missing", async () => {
    await expect(OnnxEncoder.open({ directory: folder })).rejects.toMatchObject({
      code: "ENCODER_UNAVAILABLE",
      message: expect.stringMatching(/has no config\.json\. Set LIKENESS_MODEL/),
    });
    await expect(OnnxEncoder.open({ directory: join(folder, "none") })).rejects.toThrow("does not exist");
  });

  it("is found as a folder first, else as an id, whose download fails clearly without a network", async () => {
    const options = { cacheDir: folder, hubUrl: "http://127.0.0.1:1" };
    expect(await locateModel("models/likeness-mini", options)).toMatch(/models\/likeness-mini$/);
    await expect(locateModel("some/clip-model", options)).rejects.toMatchObject({
      code: "ENCODER_UNAVAILABLE",
      message: expect.stringMatching(/some\/clip-model is not in the cache .* could not be downloaded/),
    });
    await expect(locateModel("./no/such/folder", options)).rejects.toThrow("no model folder");
  });
});
