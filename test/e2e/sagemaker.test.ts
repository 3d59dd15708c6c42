import { afterAll, beforeAll, expect, test } from "vitest";
import { IngestDocument } from "../gql/operations.js";
import { type EncoderProcess, startEncoderProcess } from "../support/encoder-process.js";
import { ask, askWithFiles, type Gateway, samplePhoto, startGateway } from "../support/gateway.js";
import { awsEnvironment, inputsOf, type SageMaker, startSageMaker } from "../support/sagemaker.js";

const CONTAINER = { LIKENESS_MODEL: "test/fixtures/tiny-clip", LIKENESS_LOG_LEVEL: "silent" };

let sagemaker: SageMaker;
let container: EncoderProcess;
let gateway: Gateway;

beforeAll(async () => {
  sagemaker = await startSageMaker();
  container = await startEncoderProcess(CONTAINER);
  deploy(container);
  Object.assign(process.env, awsEnvironment(sagemaker));
  gateway = await startGateway({
    LIKENESS_ENCODER: "sagemaker",
    LIKENESS_INDEX: "memory",
    LIKENESS_SAGEMAKER_TEXT_ENDPOINT: "clip-text",
    LIKENESS_SAGEMAKER_IMAGE_ENDPOINT: "clip-image",
  });
  sagemaker.calls.length = 0;
});
afterAll(async () => {
  await gateway.stop();
  await sagemaker.stop();
  await container.end("SIGTERM");
});

function deploy({ url }: EncoderProcess): void {
  for (const endpoint of ["clip-text", "clip-image"]) sagemaker.containers.set(endpoint, { url });
}

const aliases = (count: number) => Array.from({ length: count }, (_, i) => `a${i}: searchProducts(text: "thing ${i}") { nodes { id } }`);

test("ten searches in one operation are one call on the wire", async () => {
  const { errors } = await ask<unknown, never>(gateway.url, `{ ${aliases(10).join("\n")} }`);
  expect(errors).toBeUndefined();
  expect(sagemaker.calls).toHaveLength(1);
  expect(inputsOf(sagemaker.calls[0]?.body as Buffer)).toEqual(Array.from({ length: 10 }, (_, i) => `this is a thing ${i}`));
});

test("a search whose call hangs holds up no other", async () => {
  sagemaker.calls.length = 0;
  const search = (text: string) => ask<unknown, never>(gateway.url, `{ searchProducts(text: "${text}", mode: SEMANTIC) { nodes { id } } }`);
  let answer = () => {};
  sagemaker.faults.push({ kind: "held", until: new Promise((resolve) => (answer = resolve)) });
  const hung = search("hung");
  await expect.poll(() => sagemaker.calls.length, { timeout: 20_000 }).toBe(1);
  const others = await Promise.all(["one", "two"].map(search));
  expect(others.map(({ errors }) => errors)).toEqual([undefined, undefined]);
  expect(sagemaker.calls[0]?.status).toBeNull();
  expect(sagemaker.calls.flatMap(({ body }) => inputsOf(body)).sort()).toEqual(["this is a hung", "this is a one", "this is a two"]);
  answer();
  expect((await hung).errors).toBeUndefined();
});

test("products with pictures are a few calls, and a picture finds itself", async () => {
  sagemaker.calls.length = 0;
  const photos = await Promise.all(["derick-david-409858", "paul-weaver-1120584"].map((name) => samplePhoto(`${name}-unsplash.jpg`)));
  const products = photos.map((bytes, i) => ({ id: `p${i}`, title: `Photo ${i}`, imageBase64: Buffer.from(bytes).toString("base64") }));
  const { data } = await ask(gateway.url, IngestDocument, { products });
  expect(data.ingestProducts.ingestedCount).toBe(2);
  expect(sagemaker.calls.map((call) => call.contentType).sort()).toEqual(["application/json", "application/vnd.likeness.pictures"]);
  const query = "query ($image: Upload) { searchProducts(image: $image, first: 1) { edges { similarity node { id } } } }";
  const files = [{ paths: ["variables.image"], bytes: photos[1] as Uint8Array }];
  const found = await askWithFiles<{ searchProducts: { edges: { similarity: number; node: { id: string } }[] } }>(
    gateway.url,
    { query, variables: { image: null } },
    files,
  );
  expect(found.data.searchProducts.edges).toMatchObject([{ node: { id: "p1" }, similarity: expect.closeTo(1, 3) }]);
});

test("an encoder killed under load is ENCODER_UNAVAILABLE while it is down, and never after", async () => {
  let stopped = false;
  let searches = 0;
  let phase = "up";
  const outcomes: { phase: string; code: string }[] = [];
  const worker = async () => {
    while (!stopped) {
      const started = phase;
      const { errors } = await ask<unknown, never>(
        gateway.url,
        `{ searchProducts(text: "search ${searches++}", mode: SEMANTIC) { nodes { id } } }`,
      );
      outcomes.push({ phase: started, code: errors?.[0]?.extensions.code ?? "ok" });
      // The first answer after the restart shows that the circuit has closed: from here on no search may fail.
      if (phase === "restarted" && started === phase && !errors) phase = "up again";
    }
  };
  const codesOf = (name: string) => outcomes.filter((each) => each.phase === name).map(({ code }) => code);
  const load = Promise.all(Array.from({ length: 4 }, worker));
  await expect.poll(() => codesOf("up").length, { timeout: 20_000 }).toBeGreaterThan(20);
  phase = "down";
  await container.end("SIGKILL");
  await expect.poll(() => codesOf("down").filter((code) => code !== "ok").length, { timeout: 30_000 }).toBeGreaterThan(20);
  container = await startEncoderProcess(CONTAINER);
  deploy(container);
  phase = "restarted";
  await expect.poll(() => codesOf("up again").length, { timeout: 30_000 }).toBeGreaterThan(50);
  stopped = true;
  await load;
  expect(new Set(outcomes.map(({ code }) => code))).toEqual(new Set(["ok", "ENCODER_UNAVAILABLE"]));
  expect(new Set(codesOf("up again"))).toEqual(new Set(["ok"]));
});
