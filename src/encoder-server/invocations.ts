import type { Embedding } from "../domain/embedding.js";
import { badInput, LikenessError, orThrow } from "../domain/errors.js";
import type { EncodeOptions, Encoder, Outcome, Pictures } from "../domain/ports.js";
import { type Row, toRow } from "../encoders/sagemaker/contract/answer-rows.js";
import { unpackPictures } from "../encoders/sagemaker/contract/picture-batch.js";
import { costsMore } from "../json-cost.js";

const MAX_TEXTS = 1024;
/** Of a body: texts are one each, and callers of other containers add some settings. */
const MAX_JSON_COST = 10_000;
export const MAX_PICTURES = 64;

/** Throws for other bytes, which would be encoded as another text; a BOM is dropped. */
const UTF8 = new TextDecoder("utf-8", { fatal: true });

type PictureCheck = Pick<Pictures, "check">;

/** `{"inputs": ["…"]}` → one vector per input, shape `[n, dimension]`; one that fails fails the call. */
export async function encodeTexts(encoder: Encoder, body: Uint8Array, options: EncodeOptions): Promise<readonly Row[]> {
  const outcomes = await encoder.encodeTexts(readInputs(body), options);
  return outcomes.map((outcome) => toRow(orThrow(outcome)));
}

/** The bytes of one picture → `[[…]]`. */
export async function encodeOnePicture(
  encoder: Encoder,
  pictures: PictureCheck,
  body: Uint8Array,
  options: EncodeOptions,
): Promise<readonly Row[]> {
  await pictures.check(body);
  const [outcome] = await encoder.encodeImages([body], options);
  return [toRow(orThrow(outcome as Outcome<Embedding>))];
}

/** Pictures as `packPictures` lays them out → a vector each, or `{"error": {code, message}}` at the place of a bad one. */
export async function encodeManyPictures(
  encoder: Encoder,
  pictures: PictureCheck,
  body: Uint8Array,
  options: EncodeOptions,
): Promise<readonly Row[]> {
  const given = unpackPictures(body, MAX_PICTURES);
  if (!given)
    throw badInput("The lengths in the body do not add up to its size; each picture needs its own before it (32 bits, big-endian).");
  if (given.length > MAX_PICTURES)
    throw badInput(`Got more than ${MAX_PICTURES} pictures, the most that are allowed in one call. Send fewer.`);
  const checks = await Promise.all(given.map((bytes) => pictures.check(bytes).catch((error: unknown) => error as Error)));
  const outcomes = await encoder.encodeImages(
    given.filter((_, i) => !checks[i]),
    options,
  );
  let next = 0;
  return checks.map((refused) => toRowOrError(refused ?? (outcomes[next++] as Outcome<Embedding>)));
}

function readInputs(body: Uint8Array): string[] {
  const inputs = (parse(body) as { inputs?: unknown } | null)?.inputs;
  if (!Array.isArray(inputs) || !inputs.every((input) => typeof input === "string")) {
    throw badInput(`The body must be JSON in UTF-8 of the form {"inputs": ["a text", …]}, with at most ${MAX_TEXTS} texts.`);
  }
  if (inputs.length > MAX_TEXTS) throw badInput(`Got ${inputs.length} texts; at most ${MAX_TEXTS} are allowed in one call.`);
  return inputs;
}

/** Null for what is no such body. */
function parse(body: Uint8Array): unknown {
  if (costsMore(body, MAX_JSON_COST)) return null;
  try {
    return JSON.parse(UTF8.decode(body));
  } catch {
    return null;
  }
}

/** An error that is not the picture's own (an overload, a bug) fails the call, which can then be tried again. */
function toRowOrError(outcome: Outcome<Embedding>): Row {
  if (!(outcome instanceof Error)) return toRow(outcome);
  if (!(outcome instanceof LikenessError) || outcome.code === "OVERLOADED") throw outcome;
  return { error: { code: outcome.code, message: outcome.message } };
}
