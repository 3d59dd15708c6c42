import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { LikenessError } from "../domain/errors.js";
import type { Calibration } from "../domain/relevance.js";

const curve = z.object({ slope: z.number().positive(), intercept: z.number() }).nullable().default(null);
/** Strict, because a misspelt curve would be one that is missing. */
const calibration = z.strictObject({
  /** Whose curves they are; a file inside a model's folder need not say it. */
  modelId: z.string().optional(),
  /** What they were fitted for; nothing here depends on it. */
  prior: z.number().optional(),
  wordToImage: curve,
  imageToImage: curve,
  wordToText: curve,
});

export interface ReadCalibrationOptions {
  /** The model's folder, where `calibration.json` may lie; null for a model that runs elsewhere. */
  readonly directory: string | null;
  /** Another file to read in its place. */
  readonly file?: string | undefined;
  readonly modelId: string;
}

/**
 * The curves by which the model's cosines become relevance; null for a model without any.
 * Throws BAD_USER_INPUT for a file that is missing or broken, MODEL_MISMATCH for the curves of another model.
 */
export async function readCalibration({ directory, file, modelId }: ReadCalibrationOptions): Promise<Calibration | null> {
  const path = file ?? (directory && join(directory, "calibration.json"));
  if (!path || (!file && !existsSync(path))) return null;
  const { modelId: owner, prior: _fittedFor, ...curves } = await parse(path);
  if (owner && owner !== modelId) {
    throw new LikenessError(
      "MODEL_MISMATCH",
      `${path} is the calibration of ${owner}, but the model is ${modelId}: fit its own with "likeness evaluate --write-calibration".`,
    );
  }
  return curves;
}

async function parse(path: string): Promise<z.infer<typeof calibration>> {
  try {
    return calibration.parse(JSON.parse(await readFile(path, "utf8")));
  } catch (cause) {
    const why = cause instanceof z.ZodError ? z.prettifyError(cause) : (cause as Error).message;
    throw new LikenessError("BAD_USER_INPUT", `${path} is not a calibration, {"wordToImage": {"slope", "intercept"}, …}: ${why}`, {
      cause,
    });
  }
}
