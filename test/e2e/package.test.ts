import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, test } from "vitest";

test("npm pack takes what the command needs, and neither sources nor tests", async () => {
  // Without the build that comes first: what it makes is only ever under dist.
  const { stdout } = await promisify(execFile)("npm", ["pack", "--dry-run", "--json", "--ignore-scripts"]);
  const [{ files }] = JSON.parse(stdout) as [{ files: { path: string }[] }];
  const paths = files.map(({ path }) => path);
  const folders = new Set(paths.filter((path) => path.includes("/")).map((path) => path.split("/")[0]));
  folders.delete("dist");
  expect([...folders].sort()).toEqual(["docs", "models", "schema"]);
  const model = ["calibration.json", "config.json", "preprocessor_config.json", "tokenizer.json", "tokenizer_config.json"];
  const graphs = ["onnx/text_model_quantized.onnx", "onnx/vision_model_quantized.onnx"];
  expect(paths).toEqual(expect.arrayContaining([...model, ...graphs].map((name) => `models/likeness-mini/${name}`)));
  expect(paths.filter((path) => path.includes("/train/"))).toEqual([]);
});
