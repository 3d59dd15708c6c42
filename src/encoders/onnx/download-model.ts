import { createWriteStream, existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rename, rm, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { fileURLToPath } from "node:url";
import { asError, LikenessError } from "../../domain/errors.js";
import { makeFolder } from "../../make-folder.js";
import { isWeightsOf, unavailable } from "./model-directory.js";

/** Bytes so far of the whole download. */
export type DownloadProgress = (progress: { file: string; doneBytes: number; totalBytes: number }) => void;

export interface LocateModelOptions {
  /** Folder for downloaded models. */
  readonly cacheDir: string;
  readonly onProgress?: DownloadProgress;
  /** Another hub with the same API, such as a mirror inside a company. */
  readonly hubUrl?: string | undefined;
}

const CONFIGS = ["config.json", "preprocessor_config.json", "tokenizer.json"];
const PACKAGE_ROOT = fileURLToPath(new URL("../../../", import.meta.url));
const DAY_MS = 24 * 60 * 60_000;

/**
 * The folder of a model given as a folder (from here or from this package) or as a Hugging Face id, which is downloaded
 * once. A folder wins, because "models/likeness-mini" could be either.
 */
export async function locateModel(model: string, options: LocateModelOptions): Promise<string> {
  const folder = [resolve(model), resolve(PACKAGE_ROOT, model)].find((path) => existsSync(path));
  if (folder) return folder;
  if (!/^[\w-][\w.-]*\/[\w-][\w.-]*$/.test(model)) throw unavailable(`There is no model folder ${resolve(model)}.`);
  const cached = resolve(options.cacheDir, model.replace("/", "--"));
  if (!existsSync(cached)) await downloadModel(model, cached, options);
  return cached;
}

/** Downloads beside the target and renames at the end: a folder that exists is always whole. */
async function downloadModel(repo: string, target: string, { onProgress, hubUrl }: LocateModelOptions): Promise<void> {
  makeFolder(dirname(target));
  await removeLeft(target);
  const partial = await mkdtemp(`${target}.partial-`);
  try {
    // Loaded here, since nearly every start finds its model on the disk.
    const { downloadFile } = await import("@huggingface/hub");
    const files = await chooseFiles(repo, hubUrl);
    const totalBytes = files.reduce((sum, { size }) => sum + size, 0);
    let doneBytes = 0;
    for (const { path, size } of files) {
      let fileBytes = 0;
      const blob = await downloadFile({ repo, path, hubUrl });
      if (!blob) throw unavailable(`The Hugging Face model ${repo} lists ${path} but does not give it.`);
      const count = new Transform({
        transform(chunk: Buffer, _encoding, done) {
          fileBytes += chunk.byteLength;
          doneBytes += chunk.byteLength;
          onProgress?.({ file: path, doneBytes, totalBytes });
          done(null, chunk);
        },
      });
      await mkdir(dirname(join(partial, path)), { recursive: true });
      await pipeline(Readable.fromWeb(blob.stream()), count, createWriteStream(join(partial, path)));
      // A connection may end early without an error.
      if (fileBytes !== size) throw new Error(`${path} came with ${fileBytes} of its ${size} bytes`);
    }
    await rename(partial, target);
  } catch (cause) {
    // Another process may have finished the same download first.
    if (existsSync(target)) return;
    if (cause instanceof LikenessError) throw cause;
    const why = asError(cause).message;
    throw unavailable(
      `The model ${repo} is not in the cache at ${target} and could not be downloaded from ${hubUrl ?? "huggingface.co"} ` +
        `(${why}). Check the id and the network, or copy the model's folder there by hand.`,
      cause,
    );
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
}

/** What a process that was killed left of a download, a day ago or earlier; a younger one may be under way. */
async function removeLeft(target: string): Promise<void> {
  for (const name of await readdir(dirname(target))) {
    const path = join(dirname(target), name);
    if (!path.startsWith(`${target}.partial-`)) continue;
    // Another process, which shares the cache, may have ended its download meanwhile.
    const found = await stat(path).catch(() => null);
    if (found && Date.now() - found.mtimeMs > DAY_MS) await rm(path, { recursive: true, force: true });
  }
}

/** The files that the encoder reads, and no others: a repository often holds every precision of every graph. */
async function chooseFiles(repo: string, hubUrl?: string): Promise<{ path: string; size: number }[]> {
  const sizes = new Map<string, number>();
  const { listFiles } = await import("@huggingface/hub");
  for await (const { type, path, size } of listFiles({ repo, recursive: true, hubUrl })) {
    if (type === "file") sizes.set(path, size);
  }
  const graphs = ["text_model", "vision_model"].map((stem) => {
    const names = [`onnx/${stem}.onnx`, `onnx/${stem}_quantized.onnx`];
    return names.find((name) => sizes.has(name)) ?? (names[0] as string);
  });
  const missing = [...CONFIGS, ...graphs].find((path) => !sizes.has(path));
  if (missing) throw unavailable(`The Hugging Face model ${repo} has no ${missing}.`);
  const optional = ["tokenizer_config.json", "calibration.json"].filter((path) => sizes.has(path));
  const weights = [...sizes.keys()].filter((path) => graphs.some((graph) => isWeightsOf(graph, path)));
  return [...CONFIGS, ...optional, ...weights, ...graphs].map((path) => ({ path, size: sizes.get(path) ?? 0 }));
}
