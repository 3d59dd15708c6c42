import { ModelError, ModelNotReadyException, SageMakerRuntimeServiceException } from "@aws-sdk/client-sagemaker-runtime";

/**
 * Why a call gave no answer.
 * - `starting`: the endpoint exists and its model is not loaded yet (a cold start): waiting helps.
 * - `throttled`, `failed`: a time-out, an overload, a cut connection, a 5xx or a broken answer: trying again may help.
 * - `refused`: the model looked at this input and said no: only another input helps.
 * - `misconfigured`: credentials, permissions or the endpoint's name: only an operator can help.
 * - `malformed`: an answer that does not fit the contract or the catalogue's model.
 */
export type FailureKind = "starting" | "throttled" | "failed" | "refused" | "misconfigured" | "malformed";

export class CallFailure extends Error {
  override readonly name = "CallFailure";

  constructor(
    readonly kind: FailureKind,
    message: string,
    readonly details: {
      /** The container's own answer, where it was the model and not SageMaker that failed. */
      readonly model?: { readonly status: number; readonly body: string };
      readonly cause?: unknown;
    } = {},
  ) {
    super(message, { cause: details.cause });
  }
}

const THROTTLED = new Set([408, 429, 503]);

/** Statuses by which a container judges an input; its other 4xx (a wrong path or media type) judge the deployment. */
const REFUSED = new Set([400, 413, 422]);

/**
 * How OpenAI's CLIP (`clip/clip.py`: "Input … is too long for context length 77") and Hugging Face's transformers
 * (`models/clip/modeling_clip.py`: "Sequence length must be less than max_position_embeddings …") fail on a text with too many tokens.
 */
const TOO_LONG = /too long for context length|max_position_embeddings/;

/** Tells the SDK's errors apart by what helps. Anything unknown is a bug of ours and comes back as it is. */
export function classify(error: unknown): Error {
  if (error instanceof CallFailure) return error;
  if (error instanceof ModelNotReadyException) return new CallFailure("starting", "its model is still being loaded", { cause: error });
  if (error instanceof ModelError) return ofModel(error);
  const { name, message, code, $metadata } = error as Error & { code?: string; $metadata?: { httpStatusCode?: number } };
  const status = $metadata?.httpStatusCode;
  if (status === 429 || /throttl|toomanyrequests/i.test(name)) return new CallFailure("throttled", "it is throttled", { cause: error });
  if (status === 413) return new CallFailure("refused", "the request is too large for it", { model: { status, body: "" }, cause: error });
  if (status !== undefined && status >= 400 && status < 500 && error instanceof SageMakerRuntimeServiceException) {
    return new CallFailure("misconfigured", `SageMaker refuses the call (${name}: ${message})`, { cause: error });
  }
  if (status !== undefined && status < 300) return new CallFailure("failed", "its answer broke off", { cause: error });
  // With a status, but no error of the service: the answer is not the service's.
  if (status !== undefined) return new CallFailure("failed", `it answered with status ${status}`, { cause: error });
  if (name === "CredentialsProviderError" || message === "Region is missing")
    return new CallFailure("misconfigured", message, { cause: error });
  if (typeof code === "string" || name === "TimeoutError" || /socket hang up|aborted/.test(message)) {
    return new CallFailure("failed", `the connection failed (${code ?? name})`, { cause: error });
  }
  return error as Error;
}

/**
 * The container answered: some 4xx are its opinion of the input, 5xx and overload may pass. Status 0 stands for a container that did
 * not answer in time (https://github.com/aws/amazon-sagemaker-examples/issues/799) or went down.
 */
function ofModel(error: ModelError): CallFailure {
  const status = error.OriginalStatusCode || 500;
  const body = error.OriginalMessage ?? "";
  const details = { model: { status, body }, cause: error };
  const message = error.OriginalStatusCode ? `its model answered with status ${status}` : "its model gave no answer";
  if (TOO_LONG.test(body)) return new CallFailure("refused", "a text is too long for its model", details);
  if (THROTTLED.has(status)) return new CallFailure("throttled", message, details);
  if (REFUSED.has(status)) return new CallFailure("refused", message, details);
  return new CallFailure(status < 500 ? "misconfigured" : "failed", message, details);
}
