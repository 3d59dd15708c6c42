import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { cosine, type Embedding } from "../../src/domain/embedding.js";
import { SageMakerEncoder } from "../../src/encoders/sagemaker/sagemaker-encoder.js";
import { type FaultProxy, type NetworkFault, startFaultProxy } from "../support/fault-proxy.js";
import { samplePhoto } from "../support/gateway.js";
import { awsEnvironment, type SageMaker, startContainers, startSageMaker } from "../support/sagemaker.js";

let sagemaker: SageMaker;
let containers: Awaited<ReturnType<typeof startContainers>>;
let proxy: FaultProxy;
let encoder: SageMakerEncoder;
let photo: Uint8Array;

beforeAll(async () => {
  sagemaker = await startSageMaker();
  containers = await startContainers("test/fixtures/tiny-clip");
  sagemaker.containers.set("clip-text", { url: containers.text });
  sagemaker.containers.set("clip-image", { url: containers.image });
  proxy = await startFaultProxy(sagemaker.url);
  Object.assign(process.env, awsEnvironment(proxy));
  const endpoints = { textEndpoint: "clip-text", imageEndpoint: "clip-image" };
  const waits = { retries: 2, firstWaitMs: 2, longestWaitMs: 10, timeoutMs: 400, deadlineMs: 1_500, failuresToOpen: 1_000 };
  encoder = await SageMakerEncoder.open({ ...endpoints, ...waits });
  photo = await samplePhoto("derick-david-409858-unsplash.jpg");
});
afterAll(async () => {
  await encoder.close();
  await proxy.stop();
  await sagemaker.stop();
  await containers.stop();
});

const FAULTS: fc.Arbitrary<NetworkFault> = fc.oneof(
  fc.record({ kind: fc.constant("latency" as const), ms: fc.integer({ min: 1, max: 700 }) }),
  fc.constant({ kind: "reset" as const }),
  fc.constant({ kind: "half-open" as const }),
  fc.record({ kind: fc.constant("truncated" as const), bytes: fc.integer({ min: 0, max: 900 }) }),
);

describe("a network at fault", () => {
  it("ends every encode as its embedding or as a typed error, and is forgotten once it is well", async () => {
    const [truth] = (await encoder.encodeTexts(["a"])) as Embedding[];
    const tried: Record<string, number> = {};
    let failed = 0;
    await fc.assert(
      fc.asyncProperty(FAULTS, async (fault) => {
        tried[fault.kind] = (tried[fault.kind] ?? 0) + 1;
        proxy.fault = fault;
        const outcomes = (await Promise.all([encoder.encodeTexts(["a", "b"]), encoder.encodeImages([photo, photo])])).flat();
        proxy.fault = null;
        expect(outcomes).toHaveLength(4);
        for (const outcome of outcomes) {
          if (outcome instanceof Error) expect(outcome).toMatchObject({ code: "ENCODER_UNAVAILABLE" });
        }
        if (outcomes.some((outcome) => outcome instanceof Error)) failed++;
        // A connection that died unnoticed may still be in the pool: trying again on another one is the adapter's job.
        await expect.poll(async () => (await encoder.encodeTexts(["a"]))[0], { timeout: 20_000 }).toBeInstanceOf(Float32Array);
        const [after] = (await encoder.encodeTexts(["a"])) as Embedding[];
        expect(cosine(after as Embedding, truth as Embedding)).toBeGreaterThan(0.999);
      }),
      { numRuns: 24, seed: 5 },
    );
    console.log("network faults tried:", tried, `of which ${failed} outlasted the retries`);
  });
});
