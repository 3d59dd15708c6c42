/**
 * What Likeness's own encoder server says of itself with every answer, in the header that SageMaker hands through
 * unchanged (`X-Amzn-SageMaker-Custom-Attributes`, at most 1,024 visible ASCII characters;
 * https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_runtime_InvokeEndpoint.html). Other containers send none.
 */
export interface ModelCard {
  readonly modelId: string;
  readonly dimension: number;
  /** Most pictures in one call of the form for many; 0 where only one at a time is taken. */
  readonly picturesPerCall: number;
}

export const MODEL_CARD_HEADER = "x-amzn-sagemaker-custom-attributes";

export function writeModelCard({ modelId, dimension, picturesPerCall }: ModelCard): string {
  return `likeness ${JSON.stringify({ modelId, dimension, picturesPerCall }).replace(/[^\x20-\x7e]/g, escapeUnit)}`;
}

/** Null for an answer that carries none, or another container's attributes. */
export function readModelCard(attributes: string | undefined): ModelCard | null {
  if (!attributes?.startsWith("likeness ")) return null;
  try {
    const { modelId, dimension, picturesPerCall } = JSON.parse(attributes.slice("likeness ".length));
    const isCard = typeof modelId === "string" && Number.isInteger(dimension) && Number.isInteger(picturesPerCall);
    return isCard ? { modelId, dimension, picturesPerCall } : null;
  } catch {
    return null;
  }
}

/** A header holds ASCII only, and a model's name may be in any script. */
function escapeUnit(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
