import { Argument, type Command } from "commander";
import { loadConfig } from "../config.js";
import { createEncoderServer } from "../encoder-server/create-encoder-server.js";
import { BatchingEncoder } from "../encoders/batching-encoder.js";
import { locateModel } from "../encoders/onnx/download-model.js";
import { OnnxEncoder } from "../encoders/onnx/onnx-encoder.js";
import { listen } from "../listen.js";
import { createLog, logCrash } from "../log.js";
import { createPictures } from "../pictures/pictures.js";
import { untilSignal } from "../run-until-signal.js";
import { wholeNumber } from "./read-number.js";

export interface EncoderServerCommandOptions {
  readonly host: string;
  readonly port?: number;
}

export function encoderServerCommand(program: Command): void {
  program
    .command("encoder-server")
    .description("serve LIKENESS_MODEL as a SageMaker container does: GET /ping, POST /invocations")
    // SageMaker starts a container as `docker run <image> serve`.
    .addArgument(new Argument("[serve]", "the word that SageMaker starts a container with; it changes nothing").choices(["serve"]))
    .option("--host <address>", "address to listen on", "0.0.0.0")
    .option("--port <n>", "port to listen on; by default SAGEMAKER_BIND_TO_PORT, else 8080", wholeNumber(65_535, { least: 0 }))
    .action(async (_serve: string | undefined, options: EncoderServerCommandOptions) => {
      const { url, log, stop } = await startEncoderServer(process.env, options);
      logCrash(log);
      console.error(`Listening on ${url}`);
      await untilSignal();
      await stop();
    });
}

/** Loads the model, then listens; the URL has no path. `stop` lets the requests under way finish. */
export async function startEncoderServer(env: NodeJS.ProcessEnv, { host, port }: EncoderServerCommandOptions) {
  const config = loadConfig(env);
  const log = createLog(config.LIKENESS_LOG_LEVEL);
  const directory = await locateModel(config.LIKENESS_MODEL, { cacheDir: config.LIKENESS_CACHE_DIR, hubUrl: config.LIKENESS_HUB_URL });
  const encoder = new BatchingEncoder(await OnnxEncoder.open({ directory, log }), {
    maxQueued: config.LIKENESS_ENCODE_QUEUE,
    maxCached: config.LIKENESS_ENCODE_CACHE,
  });
  const pictures = createPictures({
    maxBytes: config.LIKENESS_MAX_UPLOAD_BYTES,
    maxPixels: config.LIKENESS_MAX_IMAGE_PIXELS,
    timeoutMs: config.LIKENESS_FETCH_TIMEOUT_MS,
    allowPrivateUrls: false,
  });
  const server = createEncoderServer({ encoder, pictures, log, ...(config.ENCODE_TYPE ? { encodeType: config.ENCODE_TYPE } : {}) });
  const stop = async (): Promise<void> => {
    await server.close();
    await encoder.close();
  };
  const url = await listen(server, { host, port: port ?? config.SAGEMAKER_BIND_TO_PORT }).catch(async (error: unknown) => {
    await stop();
    throw error;
  });
  log.info({ url, model: encoder.modelId, dimension: encoder.dimension, encodeType: config.ENCODE_TYPE ?? "TEXT and IMAGE" }, "ready");
  return { url, log, stop };
}
