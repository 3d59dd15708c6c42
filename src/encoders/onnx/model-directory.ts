import { createHash } from "node:crypto";
import { createReadStream, existsSync } from "node:fs";
import { readdir, readFile, stat } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { asError, LikenessError } from "../../domain/errors.js";
import { type ImageSettings, readImageSettings } from "./preprocess-image.js";

export interface ModelConfig {
  readonly model_type?: string;
  readonly name?: string;
  readonly _name_or_path?: string;
  readonly max_position_embeddings?: number;
  readonly text_config?: { readonly model_type?: string; readonly max_position_embeddings?: number; readonly pad_token_id?: number | null };
}

export interface ModelDirectory {
  readonly path: string;
  readonly modelId: string;
  readonly config: ModelConfig;
  readonly imageSettings: ImageSettings;
  readonly tokenizer: Record<string, unknown>;
  readonly tokenizerConfig: Record<string, unknown>;
  readonly textModel: string;
  readonly visionModel: string;
}

/**
 * Reads a folder in the layout that ONNX exports on Hugging Face share: configs at the top, graphs under `onnx/`.
 * Throws ENCODER_UNAVAILABLE that names the first file which is missing or broken.
 */
export async function readModelDirectory(directory: string, id?: string): Promise<ModelDirectory> {
  const path = resolve(directory);
  if (!existsSync(path)) throw unavailable(`The model folder ${path} does not exist.`);
  const config = await readJson(path, "config.json");
  const preprocessor = await readJson(path, "preprocessor_config.json");
  const tokenizer = await readJson(path, "tokenizer.json");
  const tokenizerConfig = existsSync(join(path, "tokenizer_config.json")) ? await readJson(path, "tokenizer_config.json") : {};
  const textModel = findGraph(path, "text_model");
  const visionModel = findGraph(path, "vision_model");
  return {
    path,
    config,
    tokenizer,
    tokenizerConfig,
    textModel,
    visionModel,
    imageSettings: readImageSettings(preprocessor, join(path, "preprocessor_config.json")),
    modelId: id ?? `${nameOf(config, path)}@${await digest(path, [textModel, visionModel])}`,
  };
}

/** The ENCODER_UNAVAILABLE error of a model that cannot be used, with the cure. */
export function unavailable(message: string, cause?: unknown): LikenessError {
  const cure = "Set LIKENESS_MODEL to a complete CLIP-family ONNX folder or a Hugging Face id.";
  return new LikenessError("ENCODER_UNAVAILABLE", `${message} ${cure}`, { cause });
}

async function readJson(path: string, name: string): Promise<Record<string, unknown>> {
  const file = join(path, name);
  if (!existsSync(file)) throw unavailable(`The model folder ${path} has no ${name}.`);
  let value: unknown;
  try {
    value = JSON.parse(await readFile(file, "utf8"));
  } catch (cause) {
    throw unavailable(`${file} is not valid JSON (${asError(cause).message}).`, cause);
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw unavailable(`${file} is not a JSON object.`);
}

/** The plain graph where there is one, else the quantised one. */
function findGraph(path: string, stem: string): string {
  const names = [`${stem}.onnx`, `${stem}_quantized.onnx`];
  const found = names.map((name) => join(path, "onnx", name)).find((file) => existsSync(file));
  if (!found) throw unavailable(`The model folder ${path} has neither onnx/${names[0]} nor onnx/${names[1]}.`);
  return found;
}

function nameOf(config: ModelConfig, path: string): string {
  for (const word of ["name", "_name_or_path"] as const) {
    const given: unknown = config[word];
    if (given != null && typeof given !== "string") throw unavailable(`${path}/config.json has a ${word} that is not a text.`);
  }
  return config.name || basename(config._name_or_path ?? "") || basename(path);
}

const CHUNK_BYTES = 1024 * 1024;

/**
 * Eight hex digits that change when the model does. Embeddings of different models must never be compared, and a copy
 * with another constant has the same names and sizes, so whole files are hashed: about a second for a gigabyte of
 * weights. The configs count too, because they change what the graphs are fed.
 */
async function digest(path: string, graphs: readonly string[]): Promise<string> {
  const hash = createHash("sha256");
  for (const name of ["preprocessor_config.json", "tokenizer.json"]) hash.update(await readFile(join(path, name)));
  const beside = (await readdir(join(path, "onnx"))).sort().map((name) => join(path, "onnx", name));
  for (const file of [...graphs, ...graphs.flatMap((graph) => beside.filter((each) => isWeightsOf(graph, each)))]) {
    try {
      hash.update(`${basename(file)}:${(await stat(file)).size}`);
      for await (const chunk of createReadStream(file, { highWaterMark: CHUNK_BYTES })) hash.update(chunk);
    } catch (cause) {
      throw unavailable(`${file} cannot be read (${asError(cause).message}).`, cause);
    }
  }
  return hash.digest("hex").slice(0, 8);
}

/** Whether a file holds weights of a graph: exporters name them `….onnx_data`, `….onnx_data_1`, … or `….onnx.data`. */
export function isWeightsOf(graph: string, file: string): boolean {
  return file.startsWith(graph) && /^[_.]data(_\d+)?$/.test(file.slice(graph.length));
}
