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
  // With a status, but no error of the service: the answer broke off or is not the service's.
  if (status !== undefined) return new CallFailure("failed", `it answered with status ${status}`, { cause: error });
  if (name === "CredentialsProviderError" || message === "Region is missing")
    return new CallFailure("misconfigured", message, { cause: error });
  if (typeof code === "string" || name === "TimeoutError" || /socket hang up|aborted/.test(message)) {
    return new CallFailure("failed", `the connection failed (${code ?? name})`, { cause: error });
  }
  return error as Error;
}

/** The container answered: some 4xx are its opinion of the input, 5xx and overload may pass. */
function ofModel(error: ModelError): CallFailure {
  const status = error.OriginalStatusCode ?? 500;
  const details = { model: { status, body: error.OriginalMessage ?? "" }, cause: error };
  const message = `its model answered with status ${status}`;
  if (THROTTLED.has(status)) return new CallFailure("throttled", message, details);
  if (REFUSED.has(status)) return new CallFailure("refused", message, details);
  return new CallFailure(status < 500 ? "misconfigured" : "failed", message, details);
}
