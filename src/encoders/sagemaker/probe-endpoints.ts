import sharp from "sharp";
import type { Embedding } from "../../domain/embedding.js";
import { LikenessError } from "../../domain/errors.js";
import { CallFailure } from "./call-failure.js";
import { ONE_PICTURE, TEXTS } from "./contract/content-types.js";
import type { ModelCard } from "./contract/model-card.js";
import type { Endpoint } from "./endpoint.js";
import { readAnswer } from "./read-answer.js";
import { textBody } from "./text-input.js";

export interface Probed {
  readonly dimension: number;
  /** What the image endpoint says of itself; null where it is not Likeness's own. */
  readonly card: ModelCard | null;
}

/**
 * Encodes one text and one picture. Throws ENCODER_UNAVAILABLE, in an operator's words, where an endpoint gives no
 * vector, or where the two are not of one model.
 */
export async function probeEndpoints(text: Endpoint, image: Endpoint, input: string): Promise<Probed> {
  const picture = await sharp({ create: { width: 64, height: 64, channels: 3, background: "grey" } })
    .png()
    .toBuffer();
  const [ofText, ofImage] = await Promise.all([
    probe(text, textBody([input]), TEXTS, "LIKENESS_SAGEMAKER_TEXT_ENDPOINT"),
    probe(image, picture, ONE_PICTURE, "LIKENESS_SAGEMAKER_IMAGE_ENDPOINT"),
  ]);
  if (ofText.dimension !== ofImage.dimension || ofText.card?.modelId !== ofImage.card?.modelId) {
    throw new LikenessError(
      "ENCODER_UNAVAILABLE",
      `The SageMaker endpoints are not of one model: "${text.name}" gives ${describe(ofText)}, "${image.name}" gives ` +
        `${describe(ofImage)}. Set LIKENESS_SAGEMAKER_TEXT_ENDPOINT and LIKENESS_SAGEMAKER_IMAGE_ENDPOINT to the two of one model.`,
    );
  }
  return ofImage;
}

async function probe(endpoint: Endpoint, body: Uint8Array, contentType: string, setting: string): Promise<Probed> {
  try {
    const answer = await endpoint.invoke(body, contentType);
    const [embedding] = readAnswer(answer.rows, 1, answer.card?.dimension ?? null);
    if (embedding instanceof Error) throw embedding;
    return { dimension: (embedding as Embedding).length, card: answer.card };
  } catch (cause) {
    if (!(cause instanceof CallFailure || cause instanceof LikenessError)) throw cause;
    throw new LikenessError(
      "ENCODER_UNAVAILABLE",
      `The SageMaker endpoint "${endpoint.name}" gave no vector for ${contentType}: ${cause.message.replace(/\.$/, "")}. ` +
        `Check ${setting}, AWS_REGION, the credentials and their permission sagemaker:InvokeEndpoint.`,
      { cause },
    );
  }
}

function describe({ dimension, card }: Probed): string {
  return `${dimension} numbers${card ? ` by ${card.modelId}` : ""}`;
}
