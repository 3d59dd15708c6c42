import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { cosine, type Embedding } from "../../src/domain/embedding.js";
import { locateModel } from "../../src/encoders/onnx/download-model.js";
import { Graph } from "../../src/encoders/onnx/graph.js";
import { readModelDirectory } from "../../src/encoders/onnx/model-directory.js";
import { OnnxEncoder } from "../../src/encoders/onnx/onnx-encoder.js";
import { readImageSettings } from "../../src/encoders/onnx/preprocess-image.js";
import { DATA_TYPES, type OnnxNode, onnxFile } from "../support/onnx-file.js";

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

  it("keeps the error of what the model has no direction for at its place", async () => {
    const rows = [
      new Float32Array(encoder.dimension).fill(1),
      new Float32Array(encoder.dimension),
      new Float32Array(encoder.dimension).fill(NaN),
    ];
    const answer = { data: Float32Array.from(rows.flatMap((row) => [...row])), dims: [3, encoder.dimension] };
    const run = vi.spyOn(Graph.prototype, "run").mockResolvedValueOnce(answer);
    expect(await encoder.encodeTexts(["good", "zeros", "not finite"])).toEqual([
      expect.any(Float32Array),
      expect.objectContaining({ code: "ENCODER_UNAVAILABLE" }),
      expect.objectContaining({ code: "ENCODER_UNAVAILABLE" }),
    ]);
    run.mockRestore();
  });

  it("has few of many pictures decoded at a time, since each takes memory", async () => {
    let most = 0;
    const count = () => {
      const { queue, process } = sharp.counters();
      most = Math.max(most, queue + process);
    };
    sharp.queue.on("change", count);
    const laptop = await photo("derick-david-409858");
    await Promise.all([encoder.encodeImages(new Array(16).fill(laptop)), encoder.encodeImages(new Array(16).fill(laptop))]);
    sharp.queue.off("change", count);
    expect(most).toBeGreaterThan(1);
    // Four, and sharp still counts some that have just ended; without a bound, all 32.
    expect(most).toBeLessThanOrEqual(8);
  });

  it("begins no further inference once nobody waits", async () => {
    const run = vi.spyOn(Graph.prototype, "run");
    const caller = new AbortController();
    const texts = encoder.encodeTexts(new Array(40).fill("shoe"), { signal: caller.signal });
    const pictures = encoder.encodeImages([await photo("derick-david-409858")], { signal: caller.signal });
    caller.abort(new Error("nobody waits"));
    const outcomes = [await texts, await pictures];
    expect(outcomes[0]?.slice(32)).toEqual(new Array(8).fill(new Error("nobody waits")));
    expect(outcomes[1]).toEqual([new Error("nobody waits")]);
    expect(run).toHaveBeenCalledTimes(1);
    run.mockRestore();
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

  it.each(["config.json", "preprocessor_config.json", "tokenizer.json", "tokenizer_config.json"])(
    "is refused with a %s of null",
    async (name) => {
      const directory = join(folder, "odd");
      await cp("test/fixtures/tiny-clip", directory, { recursive: true });
      await writeFile(join(directory, name), "null");
      await expect(OnnxEncoder.open({ directory })).rejects.toMatchObject({
        code: "ENCODER_UNAVAILABLE",
        message: expect.stringContaining(`${name} is not a JSON object`),
      });
    },
  );

  it("is found as a folder first, else as an id, whose download fails clearly without a network", async () => {
    const options = { cacheDir: folder, hubUrl: "http://127.0.0.1:1" };
    expect(await locateModel("models/likeness-mini", options)).toMatch(/models\/likeness-mini$/);
    await expect(locateModel("some/clip-model", options)).rejects.toMatchObject({
      code: "ENCODER_UNAVAILABLE",
      message: expect.stringMatching(/some\/clip-model is not in the cache .* could not be downloaded/),
    });
    await expect(locateModel("./no/such/folder", options)).rejects.toThrow("no model folder");
  });

  it.each([
    ["preprocessor_config.json", "[]", "preprocessor_config.json is not a JSON object"],
    ["preprocessor_config.json", '{"size": {"longest_edge": 224}, "do_center_crop": false}', 'needs whole numbers of pixels in "size"'],
    ["preprocessor_config.json", '{"size": "224", "crop_size": 224}', 'needs whole numbers of pixels in "size"'],
    [
      "onnx/text_model.onnx",
      "version https://git-lfs.github.com/spec/v1",
      /text_model\.onnx cannot be loaded \(.*[Pp]rotobuf parsing failed.*\)\. Set/,
    ],
  ])("is refused for its %s of %s", async (file, content, message) => {
    const directory = await copyOfTinyClip();
    await writeFile(join(directory, file), content);
    await expect(OnnxEncoder.open({ directory })).rejects.toMatchObject({
      code: "ENCODER_UNAVAILABLE",
      message: expect.stringMatching(message),
    });
  });

  it("is refused where its numbers are float16, whose bits would pass for others", async () => {
    const directory = await copyOfTinyClip();
    const cast: OnnxNode = { op: "Cast", inputs: ["means"], output: "image_embeds", attributes: { to: DATA_TYPES.float16 } };
    await writeFile(join(directory, "onnx/vision_model.onnx"), ofPixels([meanColour("means"), cast], "float16"));
    await expect(OnnxEncoder.open({ directory })).rejects.toThrow(
      /vision_model\.onnx does not run on two pictures of 224 × 224 pixels \(its output image_embeds is float16, and float32 is needed\)/,
    );
  });

  type Json = Record<string, unknown>;
  const textConfig = (json: Json) => json.text_config as Json;
  const tooLong = /a text may have -?\d+ tokens, of which 2 stand around it: see .*max_position_embeddings in config\.json/;

  it.each<[string, string, (json: Json) => unknown, RegExp]>([
    ["a name that is none", "config.json", (json) => (json._name_or_path = 7), /config\.json has a _name_or_path that is not a text/],
    ["texts of no tokens", "tokenizer.json", (json) => (json.truncation = { max_length: 0 }), tooLong],
    ["texts of a fixed length of 0", "tokenizer.json", (json) => (json.padding = { strategy: { Fixed: 0 } }), tooLong],
    ["texts of two tokens", "tokenizer_config.json", (json) => (json.model_max_length = 2), tooLong],
    ["texts of less than no tokens", "config.json", (json) => (textConfig(json).max_position_embeddings = -5), tooLong],
    ["a padding that is no token", "tokenizer.json", (json) => (json.padding = { pad_id: 1.5 }), /the id of its padding is 1\.5/],
    [
      "a padding that its graph does not know",
      "tokenizer.json",
      (json) => (json.padding = { pad_id: 99_999 }),
      /text_model\.onnx does not run on two texts, .* idx=99999 must be within/,
    ],
    [
      "a token that its graph does not know",
      "tokenizer.json",
      (json) => (((json.model as Json).vocab as Json)["shoe</w>"] = 99_999),
      /text_model\.onnx does not run on two texts, .*the highest id that its tokenizer gives .* idx=99999 must be within/,
    ],
    [
      "words of no letters",
      "tokenizer.json",
      (json) => (json.normalizer = { type: "Replace", pattern: { Regex: "[a-z]" }, content: "" }),
      /makes no token of a letter/,
    ],
    ["a file that is cut", "tokenizer_config.json", () => undefined, /tokenizer_config\.json is not valid JSON \(.+\)\. Set/],
    [
      "pictures of a million pixels a side",
      "preprocessor_config.json",
      (json) => (json.crop_size = 1e6),
      /preprocessor_config\.json needs whole numbers of pixels in "crop_size", at most 4096/,
    ],
  ])("is refused for %s", async (_, file, change, message) => {
    const directory = await copyOfTinyClip();
    const path = join(directory, file);
    const text = await readFile(path, "utf8");
    const json = JSON.parse(text) as Json;
    await writeFile(path, change(json) === undefined ? text.slice(0, 100) : JSON.stringify(json));
    await expect(OnnxEncoder.open({ directory })).rejects.toMatchObject({
      code: "ENCODER_UNAVAILABLE",
      message: expect.stringMatching(message),
    });
  });

  it("is refused where its configs allow a longer text than its graph", async () => {
    const directory = await copyOfTinyClip();
    for (const file of ["config.json", "tokenizer_config.json"]) await writeFile(join(directory, file), "{}");
    const tokenizer = JSON.parse(await readFile(join(directory, "tokenizer.json"), "utf8")) as Json;
    await writeFile(join(directory, "tokenizer.json"), JSON.stringify({ ...tokenizer, truncation: null }));
    await expect(OnnxEncoder.open({ directory })).rejects.toThrow(/text_model\.onnx does not run on two texts, .* 77 by 512/);
  });

  it.each<[string, OnnxNode[], (string | number)[], RegExp]>([
    ["takes one picture at a time", [meanColour("image_embeds")], [1, 3, "h", "w"], /does not run on two pictures .*Got: 2 Expected: 1/s],
    [
      "gives one row for a whole batch",
      [{ op: "ReduceMean", inputs: ["pixel_values"], output: "image_embeds", attributes: { axes: [0, 2, 3], keepdims: 0 } }],
      ["n", 3, "h", "w"],
      /its output image_embeds has the shape \[3\], and one row for each of 2 inputs is needed/,
    ],
    [
      "gives a row for each part of a picture",
      [{ op: "ReduceMean", inputs: ["pixel_values"], output: "image_embeds", attributes: { axes: [3], keepdims: 0 } }],
      ["n", 3, "h", "w"],
      /its output image_embeds has the shape \[2, 3, 224\]/,
    ],
    [
      "gives zeros alone",
      [meanColour("mean"), { op: "Sub", inputs: ["mean", "mean"], output: "image_embeds" }],
      ["n", 3, "h", "w"],
      /does not run on two pictures .*must be finite and not all zeros/,
    ],
    [
      "gives what is not finite",
      [
        meanColour("mean"),
        { op: "Neg", inputs: ["mean"], output: "negative" },
        { op: "Log", inputs: ["negative"], output: "image_embeds" },
      ],
      ["n", 3, "h", "w"],
      /does not run on two pictures .*must be finite and not all zeros/,
    ],
  ])("is refused where its graph %s", async (_, nodes, shape, message) => {
    const directory = await copyOfTinyClip();
    const input = { name: "pixel_values", type: "float32", shape } as const;
    await writeFile(
      join(directory, "onnx/vision_model.onnx"),
      onnxFile(nodes, input, { name: "image_embeds", type: "float32", shape: [] }),
    );
    await expect(OnnxEncoder.open({ directory })).rejects.toThrow(message);
  });

  it("is refused where a folder stands in place of a graph", async () => {
    const directory = await copyOfTinyClip();
    await rm(join(directory, "onnx/text_model.onnx"));
    await mkdir(join(directory, "onnx/text_model.onnx"));
    await expect(OnnxEncoder.open({ directory })).rejects.toMatchObject({
      code: "ENCODER_UNAVAILABLE",
      message: expect.stringMatching(/text_model\.onnx cannot be read \(EISDIR/),
    });
  });

  it("has another id with other weights, under each name that exporters give them", async () => {
    const directory = await copyOfTinyClip();
    const ids = new Set([(await readModelDirectory(directory)).modelId]);
    for (const name of ["text_model.onnx_data", "text_model.onnx_data_1", "vision_model.onnx.data"]) {
      await writeFile(join(directory, "onnx", name), "weights");
      ids.add((await readModelDirectory(directory)).modelId);
    }
    await writeFile(join(directory, "onnx/text_model.onnx.orig"), "no weights");
    ids.add((await readModelDirectory(directory)).modelId);
    expect(ids.size).toBe(4);
  });

  it("has another id with one other byte in a megabyte of weights", async () => {
    const directory = await copyOfTinyClip();
    const weights = Buffer.alloc(1024 * 1024);
    const idWith = async (place: number, byte: number): Promise<string> => {
      weights[place] = byte;
      await writeFile(join(directory, "onnx/text_model.onnx_data"), weights);
      return (await readModelDirectory(directory)).modelId;
    };
    const plain = await idWith(0, 0);
    for (const place of [0, 5000, 524_287, 1_048_575]) {
      expect(await idWith(place, 1), `byte ${place}`).not.toBe(plain);
      expect(await idWith(place, 0)).toBe(plain);
    }
  });

  async function copyOfTinyClip(): Promise<string> {
    const directory = await mkdtemp(join(folder, "model-"));
    await cp("test/fixtures/tiny-clip", directory, { recursive: true });
    return directory;
  }
});

describe("a graph of texts that takes no mask", () => {
  let directory: string;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "likeness-maskless-"));
    await cp("test/fixtures/tiny-clip", directory, { recursive: true });
    await writeFile(join(directory, "onnx/text_model.onnx"), ofTokens());
    await writeFile(
      join(directory, "config.json"),
      '{"model_type": "clip", "text_config": {"model_type": "bert", "max_position_embeddings": 77}}',
    );
    await writeFile(join(directory, "onnx/vision_model.onnx"), ofPixels([meanColour("image_embeds")], "float32"));
  });
  afterAll(() => rm(directory, { recursive: true }));

  it("gives a text one embedding, whatever it is encoded with", async () => {
    const maskless = await OnnxEncoder.open({ directory });
    const [alone] = await maskless.encodeTexts(["shoe"]);
    const [beside] = await maskless.encodeTexts(["shoe", "a far longer text about a shoe and what is to be worn with it"]);
    expect(beside).toEqual(alone);
    await maskless.close();
  });
});

describe("the settings of pictures", () => {
  it("may have null for what is not done", () => {
    const normal = { image_mean: [0.5, 0.5, 0.5], image_std: [0.5, 0.5, 0.5] };
    const nulls = { crop_size: null, do_center_crop: null, do_convert_rgb: null, resample: null, rescale_factor: null };
    const { resize, width, height } = readImageSettings({ ...normal, ...nulls, size: { height: 384, width: 256 } });
    expect({ resize, width, height }).toEqual({ resize: { width: 256, height: 384 }, width: 256, height: 384 });
  });
});

/** Its embeddings are made of all tokens, the padding among them. */
function ofTokens(): Buffer {
  const reductions = ["ReduceMean", "ReduceMax", "ReduceMin"];
  const nodes: OnnxNode[] = [
    { op: "Cast", inputs: ["input_ids"], output: "ids", attributes: { to: DATA_TYPES.float32 } },
    ...reductions.map((op) => ({ op, inputs: ["ids"], output: op, attributes: { axes: [1], keepdims: 1 } })),
    { op: "Concat", inputs: reductions, output: "text_embeds", attributes: { axis: 1 } },
  ];
  const input = { name: "input_ids", type: "int64", shape: ["n", "length"] } as const;
  return onnxFile(nodes, input, { name: "text_embeds", type: "float32", shape: ["n", 3] });
}

function meanColour(output: string): OnnxNode {
  return { op: "ReduceMean", inputs: ["pixel_values"], output, attributes: { axes: [2, 3], keepdims: 0 } };
}

function ofPixels(nodes: readonly OnnxNode[], type: "float16" | "float32"): Buffer {
  const input = { name: "pixel_values", type: "float32", shape: ["n", 3, "h", "w"] } as const;
  return onnxFile(nodes, input, { name: "image_embeds", type, shape: ["n", 3] });
}
