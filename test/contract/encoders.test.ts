import { afterAll, beforeAll } from "vitest";
import { OnnxEncoder } from "../../src/encoders/onnx/onnx-encoder.js";
import { SageMakerEncoder } from "../../src/encoders/sagemaker/sagemaker-encoder.js";
import { awsEnvironment, type SageMaker, startContainers, startSageMaker } from "../support/sagemaker.js";
import { encoderContract, MODEL } from "./encoder-contract.js";

let sagemaker: SageMaker;
let containers: Awaited<ReturnType<typeof startContainers>>;
beforeAll(async () => {
  sagemaker = await startSageMaker();
  containers = await startContainers(MODEL);
  sagemaker.containers.set("clip-text", { url: containers.text });
  sagemaker.containers.set("clip-image", { url: containers.image });
  sagemaker.containers.set("reference-text", { url: containers.text, silent: true });
  sagemaker.containers.set("reference-image", { url: containers.image, silent: true });
  Object.assign(process.env, awsEnvironment(sagemaker));
});
afterAll(async () => {
  await sagemaker.stop();
  await containers.stop();
});

encoderContract("onnx", () => OnnxEncoder.open({ directory: MODEL }));

encoderContract("sagemaker, our container", () =>
  SageMakerEncoder.open({ textEndpoint: "clip-text", imageEndpoint: "clip-image", prompt: "{text}" }),
);

encoderContract("sagemaker, a container that tells nothing of itself", async () => {
  const truth = await OnnxEncoder.open({ directory: MODEL });
  await truth.close();
  const endpoints = { textEndpoint: "reference-text", imageEndpoint: "reference-image" };
  return SageMakerEncoder.open({ ...endpoints, prompt: "{text}", modelId: truth.modelId });
});
