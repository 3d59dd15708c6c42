import type { Config } from "./config.js";
import type { Encoder } from "./domain/ports.js";
import { DownloadBar } from "./encoders/onnx/download-bar.js";
import { locateModel } from "./encoders/onnx/download-model.js";
import { OnnxEncoder } from "./encoders/onnx/onnx-encoder.js";
import type { Logger } from "./log.js";

/** `directory` is the model's folder, where it runs in this process. */
export async function openEncoder(config: Config, log: Logger): Promise<{ encoder: Encoder; directory: string | null }> {
  if (config.LIKENESS_ENCODER === "onnx") {
    const bar = new DownloadBar();
    const directory = await locateModel(config.LIKENESS_MODEL, {
      cacheDir: config.LIKENESS_CACHE_DIR,
      hubUrl: config.LIKENESS_HUB_URL,
      onProgress: bar.update,
    }).finally(() => bar.stop());
    return { encoder: await OnnxEncoder.open({ directory, log }), directory };
  }
  const { SageMakerEncoder } = await import("./encoders/sagemaker/sagemaker-encoder.js");
  const encoder = await SageMakerEncoder.open({
    // `loadConfig` refuses this adapter without its endpoints.
    textEndpoint: config.LIKENESS_SAGEMAKER_TEXT_ENDPOINT as string,
    imageEndpoint: config.LIKENESS_SAGEMAKER_IMAGE_ENDPOINT as string,
    prompt: config.LIKENESS_SAGEMAKER_PROMPT,
    textBatch: config.LIKENESS_SAGEMAKER_TEXT_BATCH,
    imageBatch: config.LIKENESS_SAGEMAKER_IMAGE_BATCH,
    maxPayloadBytes: config.LIKENESS_SAGEMAKER_MAX_PAYLOAD_BYTES,
    concurrency: config.LIKENESS_SAGEMAKER_CONCURRENCY,
    timeoutMs: config.LIKENESS_SAGEMAKER_TIMEOUT_MS,
    coldStartMs: config.LIKENESS_SAGEMAKER_COLD_START_MS,
    deadlineMs: config.LIKENESS_REQUEST_TIMEOUT_MS,
    log,
    modelId: config.LIKENESS_SAGEMAKER_MODEL_ID,
  });
  return { encoder, directory: null };
}
