import { createReadStream } from "node:fs";
import { mkdir, mkdtemp, readdir, rm, stat, symlink, utimes } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { locateModel } from "../../src/encoders/onnx/download-model.js";
import { OnnxEncoder } from "../../src/encoders/onnx/onnx-encoder.js";
import { ended, spawnLikeness } from "../support/likeness.js";
import { listenOnLoopback } from "../support/loopback.js";

const MODEL = "test/fixtures/tiny-clip";
const REPO = "shop/tiny-clip";

/** A hub with one repository, by the two calls of Hugging Face's API that a download makes (the tree, and each file). */
let hub: Server;
let hubUrl: string;
let served: string[] = [];
let broken: string | null = null;
/** Files that the repository has too, with what is in them. */
const MORE: Readonly<Record<string, string>> = {
  "onnx/text_model.onnx_data_1": "weights",
  "onnx/vision_model.onnx.data": "weights",
  "onnx/text_model.onnx.orig": "no weights",
};
/** Said by the tree to be one byte longer than it is. */
let short: string | null = null;
let cacheDir: string;

beforeAll(async () => {
  const names = (await readdir(MODEL, { recursive: true, withFileTypes: true })).filter((each) => each.isFile());
  const paths = names.map((each) => join(each.parentPath, each.name).slice(MODEL.length + 1));
  hub = createServer(async (request, response) => {
    const { pathname } = new URL(request.url as string, "http://hub");
    if (pathname === `/api/models/${REPO}/tree/main`) {
      const files = paths.map(async (path) => ({
        type: "file",
        path,
        size: (await stat(join(MODEL, path))).size + (path === short ? 1 : 0),
        oid: "0",
      }));
      const more = Object.entries(MORE).map(([path, content]) => ({ type: "file", path, size: content.length, oid: "0" }));
      return response.setHeader("content-type", "application/json").end(JSON.stringify([...(await Promise.all(files)), ...more]));
    }
    const extra = Object.keys(MORE).find((each) => pathname === `/${REPO}/resolve/main/${each}`);
    if (extra) {
      const content = MORE[extra] as string;
      response.writeHead(206, { etag: '"0"', "content-range": `bytes 0-${content.length - 1}/${content.length}` });
      return response.end(content);
    }
    const path = paths.find((each) => pathname === `/${REPO}/resolve/main/${each}`);
    if (!path || path === broken) return response.writeHead(path ? 500 : 404).end();
    const { size } = await stat(join(MODEL, path));
    response.setHeader("etag", '"0"').setHeader("content-length", size).setHeader("accept-ranges", "bytes");
    if (request.method === "HEAD") return response.end();
    const [, from, to] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? "") ?? [];
    if (!from) served.push(path);
    if (!from) return createReadStream(join(MODEL, path)).pipe(response);
    const end = Math.min(to ? Number(to) : size - 1, size - 1);
    if (from === "0" && end > 0) served.push(path);
    response.writeHead(206, { "content-range": `bytes ${from}-${end}/${size}`, "content-length": end - Number(from) + 1 });
    return createReadStream(join(MODEL, path), { start: Number(from), end }).pipe(response);
  });
  hubUrl = await listenOnLoopback(hub);
});
beforeEach(async () => {
  cacheDir = await mkdtemp(join(tmpdir(), "likeness-models-"));
  served = [];
  broken = null;
  short = null;
});
afterEach(() => rm(cacheDir, { recursive: true, force: true }));
afterAll(() => hub.close());

describe("a model that is named by its id", () => {
  it("is downloaded once, with its progress, and runs", async () => {
    const seen: { doneBytes: number; totalBytes: number }[] = [];
    const folder = await locateModel(REPO, { cacheDir, hubUrl, onProgress: (progress) => seen.push(progress) });
    const encoder = await OnnxEncoder.open({ directory: folder });
    expect((await encoder.encodeTexts(["a shoe"]))[0]).toBeInstanceOf(Float32Array);
    await encoder.close();
    expect((await readdir(join(folder, "onnx"))).sort()).toEqual([
      "text_model.onnx",
      "text_model.onnx_data_1",
      "vision_model.onnx",
      "vision_model.onnx.data",
    ]);
    expect(seen.at(-1)?.doneBytes).toBe(seen.at(-1)?.totalBytes);
    const before = served.length;
    expect(before).toBeGreaterThan(4);
    expect(await locateModel(REPO, { cacheDir, hubUrl })).toBe(folder);
    expect(served.length).toBe(before);
  });

  it("leaves nothing behind when the download breaks off, and is whole the next time", async () => {
    broken = "tokenizer.json";
    await expect(locateModel(REPO, { cacheDir, hubUrl })).rejects.toMatchObject({ code: "ENCODER_UNAVAILABLE" });
    expect(await readdir(cacheDir)).toEqual([]);
    broken = null;
    const encoder = await OnnxEncoder.open({ directory: await locateModel(REPO, { cacheDir, hubUrl }) });
    await encoder.close();
  });

  it("is not kept when a file comes shorter than the hub says", async () => {
    short = "tokenizer.json";
    await expect(locateModel(REPO, { cacheDir, hubUrl })).rejects.toThrow(/tokenizer.json came with \d+ of its \d+ bytes/);
    expect(await readdir(cacheDir)).toEqual([]);
  });

  it("lets a command end that shows it on a terminal, and changes no setting of the terminal", async () => {
    short = "tokenizer.json";
    const child = spawnLikeness(["search", "--text", "shoe"], join(cacheDir, "data"), {
      LIKENESS_MODEL: REPO,
      LIKENESS_HUB_URL: hubUrl,
      LIKENESS_CACHE_DIR: join(cacheDir, "models"),
      NODE_OPTIONS: "--import=data:text/javascript,process.stderr.isTTY=true",
    });
    onTestFinished(() => void child.kill("SIGKILL"));
    const { code, stderr } = await ended(child);
    expect(code).toBe(1);
    expect(stderr).toContain(" of 3 MiB");
    expect(stderr).toContain("error: The model shop/tiny-clip is not in the cache");
    expect(stderr).not.toContain("\u001b[?");
  });

  it("removes what a process that was killed left of it, in time", async () => {
    const left = join(cacheDir, "shop--tiny-clip.partial-abc");
    await mkdir(left);
    await utimes(left, 0, 0);
    await locateModel(REPO, { cacheDir, hubUrl });
    expect(await readdir(cacheDir)).toEqual(["shop--tiny-clip"]);
  });

  it("does not mind another process that ends its own meanwhile", async () => {
    await symlink(join(cacheDir, "gone"), join(cacheDir, "shop--tiny-clip.partial-abc"));
    expect(await locateModel(REPO, { cacheDir, hubUrl })).toBe(join(cacheDir, "shop--tiny-clip"));
  });

  it("is an error with its cure where there is no network", async () => {
    const offline = locateModel(REPO, { cacheDir, hubUrl: "http://127.0.0.1:9" });
    await expect(offline).rejects.toMatchObject({
      code: "ENCODER_UNAVAILABLE",
      message: expect.stringMatching(/Check the id and the network/),
    });
  });

  it("must look like a folder or an id", async () => {
    await expect(locateModel("no/such/model", { cacheDir, hubUrl })).rejects.toThrow(/no model folder/);
  });
});
