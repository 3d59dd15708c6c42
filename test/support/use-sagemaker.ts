import { afterAll } from "vitest";
import { awsEnvironment, startContainers, startSageMaker } from "./sagemaker.js";

/** Gateways of the test file that follows encode by SageMaker's protocol, with the model that they would have embedded. */
const sagemaker = await startSageMaker();
const containers = await startContainers("models/likeness-mini");
sagemaker.containers.set("clip-text", { url: containers.text });
sagemaker.containers.set("clip-image", { url: containers.image });
Object.assign(process.env, awsEnvironment(sagemaker), {
  LIKENESS_ENCODER: "sagemaker",
  LIKENESS_SAGEMAKER_TEXT_ENDPOINT: "clip-text",
  LIKENESS_SAGEMAKER_IMAGE_ENDPOINT: "clip-image",
  LIKENESS_SAGEMAKER_PROMPT: "{text}",
});
afterAll(async () => {
  await sagemaker.stop();
  await containers.stop();
});
