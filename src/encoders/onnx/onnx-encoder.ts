import { bulkhead } from "cockatiel";
import { type Embedding, normalize } from "../../domain/embedding.js";
import { asError, LikenessError } from "../../domain/errors.js";
import type { EncodeOptions, Encoder, Outcome } from "../../domain/ports.js";
import type { Logger } from "../../log.js";
import { Graph, type Input } from "./graph.js";
import { type ModelDirectory, readModelDirectory, unavailable } from "./model-directory.js";
import { type ImageSettings, preprocessImage } from "./preprocess-image.js";
import { TextTokenizer, type TokenBatch } from "./tokenize.js";

export interface OnnxEncoderOptions {
  /** A folder as `readModelDirectory` takes it. */
  readonly directory: string;
  /** Threads of one inference; 0, the default, for one for each core. */
  readonly threads?: number;
  /** Replaces the id made from the model's name and content. */
  readonly modelId?: string;
  readonly log?: Logger;
}

/** Bounds the memory of one inference: 16 pictures of 260 × 260 are 13 MB of input and about 20 times that inside. */
const MAX_TEXTS = 32;
const MAX_IMAGES = 16;
/** Sharp works in Node's four threads. A photo of 50 megapixels is 150 MB as pixels, and more that wait for a thread would hold theirs. */
const DECODED_AT_ONCE = 4;

const TEXT_GRAPH = {
  outputs: ["text_embeds", "pooler_output"],
  inputs: ["input_ids", "attention_mask", "token_type_ids"],
  spins: true,
};
const VISION_GRAPH = { outputs: ["image_embeds", "pooler_output"], inputs: ["pixel_values"], spins: false };

/** Runs a CLIP-family model (one graph for text, one for pictures, one space) in this process, on the CPU. */
export class OnnxEncoder implements Encoder {
  readonly kind = "onnx";
  private readonly decoding = bulkhead(DECODED_AT_ONCE, Number.POSITIVE_INFINITY);

  private constructor(
    readonly modelId: string,
    readonly dimension: number,
    private readonly text: Graph,
    private readonly vision: Graph,
    private readonly tokenizer: TextTokenizer,
    private readonly imageSettings: ImageSettings,
  ) {}

  /** Throws ENCODER_UNAVAILABLE when the folder is incomplete or its graphs do not fit together. */
  static async open({ directory, threads = 0, modelId, log }: OnnxEncoderOptions): Promise<OnnxEncoder> {
    const model = await readModelDirectory(directory, modelId);
    const loading = [
      Graph.load({ ...TEXT_GRAPH, file: model.textModel, threads, log }),
      Graph.load({ ...VISION_GRAPH, file: model.visionModel, threads, log }),
    ] as const;
    try {
      const [text, vision] = await Promise.all(loading);
      return await OnnxEncoder.join(model, text, vision);
    } catch (error) {
      // Their threads would go on.
      const loaded = await Promise.allSettled(loading);
      await Promise.all(loaded.map((each) => (each.status === "fulfilled" ? each.value.close() : undefined)));
      throw error;
    }
  }

  private static async join(model: ModelDirectory, text: Graph, vision: Graph): Promise<OnnxEncoder> {
    const tokenizer = openTokenizer(model, text);
    const { width, height } = model.imageSettings;
    const white = new Float32Array(3 * width * height).fill(1);
    const [dimension, imageDimension] = await Promise.all([
      text.probe(
        tokenInputs(tokenizer.sample()),
        "two texts, one of them of the greatest length and the highest id that its tokenizer gives",
      ),
      vision.probe(imageInputs([white, white], model.imageSettings), `two pictures of ${width} × ${height} pixels`),
    ]);
    if (imageDimension !== dimension) {
      throw unavailable(`${model.path} gives ${dimension} numbers for a text and ${imageDimension} for a picture.`);
    }
    return new OnnxEncoder(model.modelId, dimension, text, vision, tokenizer, model.imageSettings);
  }

  async encodeTexts(texts: readonly string[], { signal }: EncodeOptions = {}): Promise<Outcome<Embedding>[]> {
    const outcomes: Outcome<Embedding>[] = [];
    for (let at = 0; at < texts.length; at += MAX_TEXTS) {
      const batch = texts.slice(at, at + MAX_TEXTS);
      outcomes.push(...(await this.run(this.text, batch.length, () => tokenInputs(this.tokenizer.encode(batch)), signal)));
    }
    return outcomes;
  }

  async encodeImages(images: readonly Uint8Array[], { signal }: EncodeOptions = {}): Promise<Outcome<Embedding>[]> {
    const outcomes: Outcome<Embedding>[] = [];
    for (let at = 0; at < images.length; at += MAX_IMAGES) {
      outcomes.push(...(await this.encodeImageBatch(images.slice(at, at + MAX_IMAGES), signal)));
    }
    return outcomes;
  }

  /** Waits for the inferences under way; whatever comes after them is refused. */
  async close(): Promise<void> {
    await Promise.all([this.text.close(), this.vision.close()]);
  }

  /** Only pictures that could be decoded reach the graph; each of the others has its Error at its own place. */
  private async encodeImageBatch(images: readonly Uint8Array[], signal?: AbortSignal): Promise<Outcome<Embedding>[]> {
    const decode = (bytes: Uint8Array) => {
      signal?.throwIfAborted();
      return preprocessImage(bytes, this.imageSettings);
    };
    const prepare = (bytes: Uint8Array) => this.decoding.execute(() => decode(bytes)).catch(asError);
    const prepared = await Promise.all(images.map(prepare));
    const good = prepared.filter((each): each is Float32Array => !(each instanceof Error));
    const embeddings = await this.run(this.vision, good.length, () => imageInputs(good, this.imageSettings), signal);
    let next = 0;
    return prepared.map((each) => (each instanceof Error ? each : (embeddings[next++] as Outcome<Embedding>)));
  }

  private async run(graph: Graph, count: number, inputs: () => Input[], signal?: AbortSignal): Promise<Outcome<Embedding>[]> {
    if (count === 0) return [];
    try {
      signal?.throwIfAborted();
      const { data, dims } = await graph.run(inputs());
      const dimension = dims.at(-1) as number;
      const rows = Array.from({ length: count }, (_, i) => data.subarray(i * dimension, (i + 1) * dimension));
      return rows.map(toEmbedding);
    } catch (error) {
      return new Array<Error>(count).fill(asError(error));
    }
  }
}

function openTokenizer(model: ModelDirectory, text: Graph): TextTokenizer {
  try {
    return new TextTokenizer(model, { fixedLength: text.fixedLength, takesMask: text.takes("attention_mask") });
  } catch (cause) {
    throw unavailable(`${model.path}/tokenizer.json cannot be used (${asError(cause).message}).`, cause);
  }
}

function tokenInputs({ ids, mask, length }: TokenBatch): Input[] {
  const dims = [ids.length / length, length];
  return [
    { name: "input_ids", data: ids, dims },
    { name: "attention_mask", data: mask, dims },
    { name: "token_type_ids", data: new BigInt64Array(ids.length), dims },
  ];
}

function imageInputs(images: readonly Float32Array[], { width, height }: ImageSettings): Input[] {
  const pixels = new Float32Array(images.length * 3 * height * width);
  images.forEach((image, i) => pixels.set(image, i * image.length));
  return [{ name: "pixel_values", data: pixels, dims: [images.length, 3, height, width] }];
}

/** What the model makes of one input must not cost the others of its batch theirs. */
function toEmbedding(row: Float32Array): Outcome<Embedding> {
  try {
    return normalize(row);
  } catch (cause) {
    return new LikenessError("ENCODER_UNAVAILABLE", "The model gave numbers that are not finite, or zeros alone, for this input.", {
      cause,
    });
  }
}
