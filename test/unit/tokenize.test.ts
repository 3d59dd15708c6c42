import { expect, it } from "vitest";
import { readModelDirectory } from "../../src/encoders/onnx/model-directory.js";
import { TextTokenizer } from "../../src/encoders/onnx/tokenize.js";

const model = await readModelDirectory("test/fixtures/tiny-clip");

it("pads to the longest text of a batch", () => {
  const tokenizer = new TextTokenizer(model);
  expect(tokenizer.encode(["a"]).length).toBe(3);
  expect(tokenizer.encode(["a", "a a a"]).length).toBe(5);
});

it("pads each text to its full length where a graph has no mask and reads all places, which CLIP's own tower does not", () => {
  const lengthWith = (type: string) => {
    const config = { text_config: { model_type: type, max_position_embeddings: 64 } };
    return new TextTokenizer({ ...model, config }, { takesMask: false }).encode(["a"]).length;
  };
  expect(lengthWith("bert")).toBe(64);
  expect(lengthWith("clip_text_model")).toBe(3);
});

it.each(["siglip", "siglip2"])("pads each text of a %s model to its full length, whose last place the model reads", (type) => {
  const config = { model_type: type, text_config: { max_position_embeddings: 64 } };
  const { ids, mask, length } = new TextTokenizer({ ...model, config }).encode(["a"]);
  expect(length).toBe(64);
  const [start, a, end] = [2512n, 320n, 2513n];
  expect([...ids]).toEqual([start, a, end, ...new Array(61).fill(end)]);
  expect(mask.reduce((sum, each) => sum + each, 0n)).toBe(3n);
});
