import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readCalibration } from "../../src/encoders/read-calibration.js";

const CURVE = { slope: 20, intercept: -9 };
const MODEL = "mini@12345678";

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "likeness-calibration-"));
});
afterAll(() => rm(directory, { recursive: true }));

async function write(name: string, content: unknown): Promise<string> {
  const file = join(directory, name);
  await writeFile(file, typeof content === "string" ? content : JSON.stringify(content));
  return file;
}

describe("readCalibration", () => {
  it("is null for a model without one, and reads the one in the model's folder", async () => {
    expect(await readCalibration({ directory, modelId: MODEL })).toBeNull();
    await write("calibration.json", { wordToImage: CURVE, imageToImage: CURVE, wordToText: CURVE });
    const found = await readCalibration({ directory, modelId: MODEL });
    expect(found).toEqual({ wordToImage: CURVE, imageToImage: CURVE, wordToText: CURVE });
  });

  it("prefers the file that is named, whose missing curves are null", async () => {
    const file = await write("own.json", { modelId: MODEL, prior: 0.1, imageToImage: CURVE });
    expect(await readCalibration({ directory, file, modelId: MODEL })).toEqual({
      wordToImage: null,
      imageToImage: CURVE,
      wordToText: null,
    });
  });

  it("refuses the curves of another model", async () => {
    const file = await write("other.json", { modelId: "other@1", imageToImage: CURVE });
    await expect(readCalibration({ directory, file, modelId: MODEL })).rejects.toMatchObject({
      code: "MODEL_MISMATCH",
      message: expect.stringContaining("other@1"),
    });
  });

  it.each([
    ["is missing", undefined],
    ["is not JSON", "{"],
    ["has a curve that falls", { wordToImage: { slope: -1, intercept: 0 } }],
    ["is something else", { name: "likeness", version: "0.1.0" }],
    ["has a misspelt curve", { wordToImages: CURVE, imageToImage: CURVE }],
    ["has a curve without a slope", { wordToImage: { intercept: 0 } }],
  ])("refuses a named file that %s", async (name, content) => {
    const file = content === undefined ? join(directory, "absent.json") : await write(`${name}.json`, content);
    await expect(readCalibration({ directory, file, modelId: MODEL })).rejects.toMatchObject({ code: "BAD_USER_INPUT" });
  });
});
