import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { Worker } from "node:worker_threads";
import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Graph, type GraphOptions, type Input } from "../../src/encoders/onnx/graph.js";

const MODEL = "models/likeness-mini/onnx";
const TEXT: GraphOptions = {
  file: `${MODEL}/text_model_quantized.onnx`,
  outputs: ["text_embeds"],
  inputs: ["input_ids", "attention_mask"],
  threads: 2,
  spins: true,
};
const VISION = { ...TEXT, file: `${MODEL}/vision_model_quantized.onnx`, outputs: ["image_embeds"], inputs: ["pixel_values"] };

const pictures = (n: number, side = 240): Input[] => [
  { name: "pixel_values", data: new Float32Array(n * 3 * side * side), dims: [n, 3, side, side] },
];
const tokens = (): Input[] =>
  ["input_ids", "attention_mask", "token_type_ids"].map((name) => ({
    name,
    data: name === "input_ids" ? BigInt64Array.of(101n, 102n) : BigInt64Array.of(1n, 1n),
    dims: [1, 2],
  }));

describe("Graph", () => {
  let text: Graph;
  let vision: Graph;
  beforeAll(async () => {
    text = await Graph.load(TEXT);
    vision = await Graph.load(VISION);
  });
  afterAll(() => Promise.all([text.close(), vision.close()]));

  it("runs a text while pictures that came before it are in the model", async () => {
    const settled: string[] = [];
    const [{ dims }] = await Promise.all([
      vision.run(pictures(16)).finally(() => settled.push("pictures")),
      text.run(tokens()).finally(() => settled.push("text")),
    ]);
    expect(settled).toEqual(["text", "pictures"]);
    expect(dims).toEqual([16, await text.probe(tokens(), "a text")]);
  });

  it("leaves out inputs that the graph does not name, and answers each run with its own output", async () => {
    const runs = await Promise.all(
      [1, 2, 3].map((n) => vision.run([...pictures(n), { name: "other", data: new Float32Array(1), dims: [1] }])),
    );
    expect(runs.map(({ dims }) => dims[0])).toEqual([1, 2, 3]);
  });

  it("fails the run whose inputs do not fit, and no other", async () => {
    const [good, bad] = await Promise.allSettled([vision.run(pictures(1)), vision.run(pictures(1, 7))]);
    expect(good.status).toBe("fulfilled");
    expect(bad).toMatchObject({ status: "rejected", reason: { message: expect.stringContaining("pixel_values") } });
    await expect(vision.probe([], "nothing")).rejects.toMatchObject({
      code: "ENCODER_UNAVAILABLE",
      message: expect.stringContaining("does not run on nothing"),
    });
  });

  it("says which file cannot be loaded, or wants what cannot be given", async () => {
    await expect(Graph.load({ ...TEXT, file: "package.json" })).rejects.toMatchObject({
      code: "ENCODER_UNAVAILABLE",
      message: expect.stringContaining("package.json cannot be loaded"),
    });
    await expect(Graph.load({ ...TEXT, inputs: ["input_ids"] })).rejects.toMatchObject({
      message: expect.stringContaining('"attention_mask"'),
    });
    await expect(Graph.load({ ...TEXT, outputs: ["strange"] })).rejects.toMatchObject({
      message: expect.stringContaining("gives text_embeds, and none of strange"),
    });
  });

  it("runs on in another thread when its own has ended by itself", async () => {
    const threads: Worker[] = [];
    const keep = (thread: object) => threads.push(thread as Worker);
    process.on("worker", keep);
    const logged: string[] = [];
    const log = pino({ level: "error" }, { write: (line: string) => void logged.push(JSON.parse(line).msg) });
    const graph = await Graph.load({ ...TEXT, log });
    process.off("worker", keep);
    // Not in the middle of an inference, which would take the process with it.
    await Promise.all(threads.map((thread) => thread.terminate()));
    await expect(graph.run(tokens())).resolves.toMatchObject({ dims: [1, 672] });
    await graph.close();
    expect(logged).toEqual(["a model's thread has ended"]);
  });

  it("keeps the process until it has closed, though what was under way ends before", async () => {
    const script = `
      import { Graph } from "./src/encoders/onnx/graph.ts";
      const graph = await Graph.load(${JSON.stringify(VISION)});
      void graph.run([{ name: "pixel_values", data: new Float32Array(3 * 240 * 240), dims: [1, 3, 240, 240] }]);
      await graph.close();
      console.log("closed");`;
    const { stdout } = await promisify(execFile)(process.execPath, ["--import", "tsx", "--input-type=module", "-e", script]);
    expect(stdout).toBe("closed\n");
  });

  it("answers what is under way when it is closed, and refuses what comes after", async () => {
    const graph = await Graph.load(TEXT);
    const underWay = graph.run(tokens());
    await Promise.all([expect(underWay).resolves.toMatchObject({ dims: [1, 672] }), graph.close(), graph.close()]);
    await expect(graph.run(tokens())).rejects.toMatchObject({ code: "ENCODER_UNAVAILABLE" });
    await graph.close();
  });
});
