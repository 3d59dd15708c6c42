import fc from "fast-check";
import { pino } from "pino";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { cosine, type Embedding, normalize } from "../../src/domain/embedding.js";
import { LikenessError } from "../../src/domain/errors.js";
import { SageMakerEncoder, type SageMakerOptions } from "../../src/encoders/sagemaker/sagemaker-encoder.js";
import { samplePhoto } from "../support/gateway.js";
import { awsEnvironment, type Fault, inputsOf, type SageMaker, startContainers, startSageMaker } from "../support/sagemaker.js";

const ENDPOINTS = { textEndpoint: "clip-text", imageEndpoint: "clip-image", prompt: "{text}" };
const RETRIES = 3;
/** Waits short enough for a test; a try is given up long after a healthy one has ended on a busy machine. */
const QUICK = { ...ENDPOINTS, retries: RETRIES, firstWaitMs: 2, longestWaitMs: 10, timeoutMs: 2_500, circuitOpenMs: 150 };

const PASSING: [string, Fault][] = [
  ["ServiceUnavailable", { kind: "service", status: 503, type: "ServiceUnavailable" }],
  ["InternalFailure", { kind: "service", status: 500, type: "InternalFailure" }],
  ["InternalDependencyException", { kind: "service", status: 530, type: "InternalDependencyException" }],
  ["ThrottlingException", { kind: "service", status: 429, type: "ThrottlingException" }],
  ["a model's 500", { kind: "model", status: 500, body: "CUDA out of memory" }],
  ["a model's 429", { kind: "model", status: 429 }],
  ["a container that did not answer SageMaker in time", { kind: "model", status: 0, body: "Your invocation timed out" }],
  ["a gateway's 502 in HTML", { kind: "not the service", status: 502 }],
  ["a connection cut before the answer", { kind: "cut" }],
  ["a connection cut in the answer", { kind: "cut in the answer" }],
  ["an answer that never comes", { kind: "silent" }],
  ["an answer that stops half way", { kind: "stalled in the answer" }],
  ["an answer that is not whole JSON", { kind: "changed", change: (body) => body.slice(0, -9) }],
  ["an answer of no bytes", { kind: "changed", change: () => "" }],
];

let sagemaker: SageMaker;
let containers: Awaited<ReturnType<typeof startContainers>>;
let encoder: SageMakerEncoder;

beforeAll(async () => {
  sagemaker = await startSageMaker();
  containers = await startContainers("test/fixtures/tiny-clip");
  Object.assign(process.env, awsEnvironment(sagemaker));
});
afterAll(async () => {
  await sagemaker.stop();
  await containers.stop();
});
beforeEach(async () => {
  sagemaker.containers.set("clip-text", { url: containers.text });
  sagemaker.containers.set("clip-image", { url: containers.image });
  encoder = await open();
});
afterEach(async () => {
  await encoder.close();
  sagemaker.always = null;
  sagemaker.faults.length = 0;
});

/** The calls of the start, which learn the dimension, are not counted. */
async function open(options: Partial<SageMakerOptions> = {}): Promise<SageMakerEncoder> {
  const opened = await SageMakerEncoder.open({ ...QUICK, ...options });
  sagemaker.calls.length = 0;
  return opened;
}

async function reopen(options: Partial<SageMakerOptions>): Promise<void> {
  await encoder.close();
  encoder = await open(options);
}

/** The circuit's states, in their order, as the log tells them. */
function watchCircuit() {
  const states: string[] = [];
  const write = (line: string) => {
    const { circuit } = JSON.parse(line);
    if (circuit) states.push(circuit);
  };
  return { states, log: pino({ level: "info" }, { write }) };
}

const words = (count: number) => Array.from({ length: count }, (_, i) => `word ${i}`);

describe("what may pass", () => {
  it.each(PASSING)("%s, once, costs one more try", async (_, fault) => {
    sagemaker.faults.push(fault);
    expect(await encoder.encodeTexts(["a"])).toEqual([expect.any(Float32Array)]);
    expect(sagemaker.calls).toHaveLength(2);
  });

  it.each(PASSING)("%s, for good, ends as ENCODER_UNAVAILABLE after the last try", async (_, fault) => {
    await reopen({ timeoutMs: 250 });
    sagemaker.always = fault;
    expect(await encoder.encodeTexts(["a"])).toMatchObject([{ code: "ENCODER_UNAVAILABLE" }]);
    expect(sagemaker.calls).toHaveLength(1 + RETRIES);
  });

  it("tells a caller what happened, and nothing of the account behind it", async () => {
    sagemaker.always = { kind: "model", status: 500, body: "secret of arn:aws:logs:::x" };
    const [error] = (await encoder.encodeTexts(["a"])) as Error[];
    expect(error?.message).toBe("The encoder's endpoint is not available: its model answered with status 500. Try again in a moment.");
  });

  it("whatever comes in a row, every input ends as its own embedding or a typed error", async () => {
    await reopen({ timeoutMs: 60_000, failuresToOpen: 1000 });
    const texts = words(7);
    const truth = (await encoder.encodeTexts(texts)) as Embedding[];
    const tried: Record<string, number> = {};
    const quick = PASSING.map(([, fault]) => fault).filter(({ kind }) => kind !== "silent" && kind !== "stalled in the answer");
    const faults = fc.array(fc.constantFrom(...quick), { maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(faults, async (queue) => {
        sagemaker.faults.splice(0, Number.POSITIVE_INFINITY, ...queue);
        for (const { kind } of queue) tried[kind] = (tried[kind] ?? 0) + 1;
        const outcomes = await encoder.encodeTexts(texts);
        outcomes.forEach((outcome, i) => {
          if (outcome instanceof Error) expect(outcome).toMatchObject({ code: "ENCODER_UNAVAILABLE" });
          else expect(cosine(outcome, truth[i] as Embedding)).toBeGreaterThan(0.999);
        });
        if (queue.length <= RETRIES) expect(outcomes.some((outcome) => outcome instanceof Error)).toBe(false);
      }),
      { numRuns: 60, seed: 5 },
    );
    console.log("faults tried:", tried);
  });
});

describe("what waiting does not help", () => {
  it.each([400, 500])("one input that the model fails on with %i costs the others nothing", async (status) => {
    sagemaker.always = { kind: "refuses", word: "poison", status };
    const texts = [...words(9), "poison", ...words(6)];
    const outcomes = await encoder.encodeTexts(texts);
    expect(outcomes.map((outcome) => outcome instanceof Error)).toEqual(texts.map((text) => text === "poison"));
    expect(outcomes[9]).toMatchObject({ code: status === 400 ? "BAD_USER_INPUT" : "ENCODER_UNAVAILABLE" });
    const encoded = sagemaker.calls.filter((call) => call.status === 200).flatMap((call) => inputsOf(call.body));
    expect(encoded.sort()).toEqual(texts.filter((text) => text !== "poison").sort());
  });

  it.each([404, 415])("a container's %i, which judges its deployment, is asked for once, however many inputs wait", async (status) => {
    sagemaker.always = { kind: "model", status };
    expect(await encoder.encodeTexts(words(16))).toMatchObject(new Array(16).fill({ code: "ENCODER_UNAVAILABLE" }));
    expect(sagemaker.calls).toHaveLength(1);
  });

  it("a picture's typed error in our container is the caller's to read", async () => {
    sagemaker.faults.push({ kind: "model", status: 400, body: '{"code":"IMAGE_TOO_LARGE","message":"Got 9 × 9 pixels."}' });
    const [error] = await encoder.encodeImages([await samplePhoto("derick-david-409858-unsplash.jpg")]);
    expect(error).toMatchObject({ code: "IMAGE_TOO_LARGE", message: "Got 9 × 9 pixels." });
    expect(sagemaker.calls).toHaveLength(1);
  });

  it("a bad vector is an error of its own input alone, and is not asked for again", async () => {
    const spoil = (body: string) => {
      const rows = JSON.parse(body) as number[][];
      const texts = [rows[0], [1, 2, 3], rows[2]?.map(() => 0), rows[3], null, rows[5]].map((row) => JSON.stringify(row));
      // As Python writes them.
      texts[3] = (texts[3] as string).replace(/^\[[^,]+,[^,]+/, "[NaN,-Infinity");
      return `[${texts.join(",")}]`;
    };
    sagemaker.faults.push({ kind: "changed", change: spoil });
    const outcomes = await encoder.encodeTexts(words(6));
    expect(outcomes.map((outcome) => (outcome instanceof LikenessError ? outcome.code : "ok"))).toEqual([
      "ok",
      ...new Array(4).fill("ENCODER_UNAVAILABLE"),
      "ok",
    ]);
    expect((outcomes[1] as Error).message).toMatch(/3 numbers; this catalogue's model has 64/);
    expect(sagemaker.calls).toHaveLength(1);
  });

  it("an answer that broke off is told as one", async () => {
    await reopen({ retries: 0 });
    sagemaker.always = { kind: "cut in the answer" };
    expect(await encoder.encodeTexts(["a"])).toMatchObject([{ message: expect.stringContaining("not available: its answer broke off.") }]);
  });

  it.each([200, 424] as const)("an answer with status %i that never ends is cut off, and is not asked for again", async (status) => {
    sagemaker.faults.push({ kind: "endless", status });
    const [outcome] = await encoder.encodeTexts(["lamp"]);
    expect(outcome).toMatchObject({
      code: "ENCODER_UNAVAILABLE",
      message: "The encoder's endpoint is not available: its answer has more than 8000000 bytes. Try again in a moment.",
    });
    expect(sagemaker.calls).toHaveLength(1);
  });

  it("an answer without a vector at the start is told as it is", async () => {
    sagemaker.always = { kind: "changed", change: () => "[[]]" };
    sagemaker.containers.set("clip-text", { url: containers.text, silent: true });
    sagemaker.containers.set("clip-image", { url: containers.image, silent: true });
    await expect(open()).rejects.toThrow(/gave no vector for \S+: The encoder's endpoint answered this input with an empty list\. Check/);
  });

  it.each([
    ["too few vectors", (body: string) => JSON.stringify((JSON.parse(body) as number[][]).slice(1))],
    ["no list", () => '{"embeddings": []}'],
  ])("%s is refused as a whole", async (_, change) => {
    sagemaker.faults.push({ kind: "changed", change });
    for (const outcome of await encoder.encodeTexts(words(3))) expect(outcome).toMatchObject({ code: "ENCODER_UNAVAILABLE" });
    expect(sagemaker.calls).toHaveLength(1);
  });

  it("vectors need not have length 1", async () => {
    const [plain] = await encoder.encodeTexts(["a"]);
    const scale = (body: string) => JSON.stringify((JSON.parse(body) as number[][]).map((row) => row.map((value) => value * 7)));
    sagemaker.faults.push({ kind: "changed", change: scale });
    const [scaled] = (await encoder.encodeTexts(["a"])) as Embedding[];
    expect(cosine(scaled as Embedding, plain as Embedding)).toBeGreaterThan(0.99999);
    expect(normalize(scaled as Embedding)).toEqual(scaled);
  });
});

describe("a text that is too long for its model", () => {
  /** By its estimate it fits; the container below says that it does not. */
  const LONG = "Handtuchset aus reiner Baumwolle, flauschig weich, besonders saugfest und strapazierbar, waschbar, trocknergeeignet";
  const HALF = "Handtuchset aus reiner Baumwolle, flauschig weich,";
  const truthOf = async (text: string) => ((await encoder.encodeTexts([text])) as Embedding[])[0] as Embedding;
  const sent = () => sagemaker.calls.filter((call) => call.status === 200).flatMap((call) => inputsOf(call.body));

  beforeEach(() => {
    sagemaker.containers.set("clip-text", { url: containers.text, silent: true });
    sagemaker.containers.set("clip-image", { url: containers.image, silent: true });
  });

  it("goes whole to our own container, which cuts it itself", async () => {
    const long = "word ".repeat(500).trim();
    await encoder.close();
    sagemaker.containers.set("clip-text", { url: containers.text });
    sagemaker.containers.set("clip-image", { url: containers.image });
    encoder = await open();
    await encoder.encodeTexts([long]);
    expect(sent()).toEqual([long]);
  });

  it("is cut to what CLIP reads for another container", async () => {
    await reopen({ prompt: "this is a {text}" });
    await encoder.encodeTexts(["word ".repeat(500)]);
    expect(sent()).toEqual([`this is a ${"word ".repeat(67).trim()}`]);
  });

  it("is sent by halves where the cut was not enough, and costs neither the others of its call nor the circuit", async () => {
    await reopen({ failuresToOpen: 2 });
    const truth = await truthOf(HALF);
    sagemaker.calls.length = 0;
    sagemaker.always = { kind: "too long", maxBytes: 77, told: true };
    const texts = words(64).map((word, i) => (i % 8 === 0 ? `${LONG} ${i}` : word));
    const outcomes = (await encoder.encodeTexts(texts)) as Embedding[];
    expect(outcomes).toEqual(new Array(64).fill(expect.any(Float32Array)));
    for (const i of [0, 8, 56]) expect(cosine(outcomes[i] as Embedding, truth)).toBeGreaterThan(0.9999);
    expect(sent().sort()).toEqual(texts.map((text, i) => (i % 8 === 0 ? HALF : text)).sort());
  });

  it("is sent by halves by a container's bare 500 too, however often that takes", async () => {
    await reopen({});
    const truth = await truthOf(HALF);
    sagemaker.always = { kind: "too long", maxBytes: 50, told: false };
    const [outcome] = (await encoder.encodeTexts([LONG])) as Embedding[];
    expect(cosine(outcome as Embedding, truth)).toBeGreaterThan(0.9999);
  });

  it("is no text that a model fails on for a while: it is encoded whole once the model is well", async () => {
    await reopen({});
    const truth = await truthOf(LONG);
    for (let i = 0; i < 1 + RETRIES; i++) sagemaker.faults.push({ kind: "model", status: 500 });
    const [outcome] = (await encoder.encodeTexts([LONG])) as Embedding[];
    expect(cosine(outcome as Embedding, truth)).toBeGreaterThan(0.9999);
  });

  it("is not cut for what may pass: a whole that then meets a cut connection is to be sent again", async () => {
    await reopen({ retries: 0 });
    const truth = await truthOf(LONG);
    // The whole, its half, the whole once more.
    sagemaker.faults.push({ kind: "model", status: 500 }, { kind: "slow", ms: 0 }, { kind: "cut" });
    expect(await encoder.encodeTexts([LONG])).toMatchObject([{ code: "ENCODER_UNAVAILABLE" }]);
    expect(cosine(await truthOf(LONG), truth)).toBeGreaterThan(0.9999);
  });

  it("is its own mistake where not even 75 bytes fit, and is then not cut any further", async () => {
    await reopen({ failuresToOpen: 2 });
    sagemaker.always = { kind: "too long", maxBytes: 5, told: true };
    expect(await encoder.encodeTexts([LONG, "hat"])).toEqual([
      expect.objectContaining({ code: "BAD_USER_INPUT", message: "The encoder refused this input: a text is too long for its model." }),
      expect.any(Float32Array),
    ]);
    expect(sagemaker.calls.map((call) => inputsOf(call.body)).sort()).toEqual([[LONG, "hat"], [LONG], [HALF], ["hat"]].sort());
  });
});

describe("a cold start", () => {
  const STARTING: Fault = { kind: "service", status: 429, type: "ModelNotReadyException" };

  it("is waited for, however often it is told, and is no failure for the circuit", async () => {
    await reopen({ failuresToOpen: 2 });
    for (let i = 0; i < 12; i++) sagemaker.faults.push(STARTING);
    expect(await encoder.encodeTexts(["a"])).toEqual([expect.any(Float32Array)]);
    expect(sagemaker.calls).toHaveLength(13);
  });

  it("that outlasts the deadline says so", async () => {
    await reopen({ deadlineMs: 300 });
    sagemaker.always = STARTING;
    const [error] = (await encoder.encodeTexts(["a"])) as Error[];
    expect(error).toMatchObject({ code: "ENCODER_UNAVAILABLE", message: "The encoder's endpoint is starting; try again in a minute." });
  });

  it("may take longer than a warm endpoint's answer", async () => {
    sagemaker.faults.push({ kind: "slow", ms: 500 }, { kind: "slow", ms: 500 });
    await encoder.close();
    encoder = await SageMakerEncoder.open({ ...QUICK, retries: 0, timeoutMs: 250, coldStartMs: 20_000 });
    sagemaker.faults.push({ kind: "slow", ms: 500 });
    expect(await encoder.encodeTexts(["a"])).toMatchObject([{ code: "ENCODER_UNAVAILABLE" }]);
  });
});

describe("the circuit", () => {
  it("opens also where the deadline ends every call before the limit of a try does", async () => {
    await reopen({ retries: 0, failuresToOpen: 3, circuitOpenMs: 60_000, deadlineMs: 500 });
    sagemaker.always = { kind: "silent" };
    for (let i = 0; i < 6; i++) expect(await encoder.encodeTexts([`a${i}`])).toMatchObject([{ code: "ENCODER_UNAVAILABLE" }]);
    expect(sagemaker.calls).toHaveLength(3);
  });

  it("stays open where the deadline ends the call that tries the ground", async () => {
    await reopen({ retries: 0, failuresToOpen: 3, circuitOpenMs: 2_000, deadlineMs: 500 });
    sagemaker.always = { kind: "service", status: 503, type: "ServiceUnavailable" };
    for (let i = 0; i < 3; i++) await encoder.encodeTexts([`a${i}`]);
    sagemaker.always = { kind: "silent" };
    const callsAfterOneMore = async () => {
      await encoder.encodeTexts(["b"]);
      return sagemaker.calls.length;
    };
    await expect.poll(callsAfterOneMore, { timeout: 20_000 }).toBe(4);
    // It is left alone again at once.
    for (let i = 0; i < 3; i++) await encoder.encodeTexts([`c${i}`]);
    expect(sagemaker.calls).toHaveLength(4);
  });

  it("stays open where nobody waits any more for the call that would try the ground", async () => {
    const { states, log } = watchCircuit();
    await reopen({ retries: 1, firstWaitMs: 500, longestWaitMs: 500, failuresToOpen: 1, circuitOpenMs: 1, log });
    sagemaker.always = { kind: "service", status: 503, type: "ServiceUnavailable" };
    const caller = new AbortController();
    const work = encoder.encodeTexts(["a"], { signal: caller.signal });
    await expect.poll(() => states, { timeout: 20_000 }).toEqual(["Open"]);
    caller.abort();
    await work;
    await expect.poll(() => states, { timeout: 20_000 }).toEqual(["Open", "HalfOpen", "Open"]);
    expect(sagemaker.calls).toHaveLength(1);
  });

  it("opens after failures in a row, spares the endpoint, and closes once it answers again", async () => {
    await reopen({ retries: 0, failuresToOpen: 4, circuitOpenMs: 1_000 });
    sagemaker.always = { kind: "service", status: 503, type: "ServiceUnavailable" };
    for (let i = 0; i < 10; i++) expect(await encoder.encodeTexts([`a${i}`])).toMatchObject([{ code: "ENCODER_UNAVAILABLE" }]);
    expect(sagemaker.calls.length).toBeGreaterThanOrEqual(4);
    expect(sagemaker.calls.length).toBeLessThan(10);
    // The endpoint for pictures has a circuit of its own.
    sagemaker.always = null;
    expect(await encoder.encodeImages([await samplePhoto("derick-david-409858-unsplash.jpg")])).toEqual([expect.any(Float32Array)]);
    await expect.poll(async () => (await encoder.encodeTexts(["a"]))[0], { timeout: 20_000 }).toBeInstanceOf(Float32Array);
    for (const outcome of await encoder.encodeTexts(words(5))) expect(outcome).toBeInstanceOf(Float32Array);
  });

  it("does not open for inputs that the model refuses", async () => {
    await reopen({ retries: 0, failuresToOpen: 2 });
    sagemaker.always = { kind: "refuses", word: "poison", status: 400 };
    for (let i = 0; i < 6; i++) expect(await encoder.encodeTexts(["poison"])).toMatchObject([{ code: "BAD_USER_INPUT" }]);
    expect(await encoder.encodeTexts(["a"])).toEqual([expect.any(Float32Array)]);
  });
});

describe("a deadline", () => {
  it("ends a call that is never answered", async () => {
    await reopen({ deadlineMs: 300, timeoutMs: 60_000 });
    sagemaker.always = { kind: "silent" };
    expect(await encoder.encodeTexts(words(3))).toMatchObject(new Array(3).fill({ code: "ENCODER_UNAVAILABLE" }));
    expect(sagemaker.calls).toHaveLength(1);
  });

  it("of the caller frees it at once and ends the waits and later tries", async () => {
    await reopen({ firstWaitMs: 60_000, longestWaitMs: 60_000, timeoutMs: 60_000 });
    for (const fault of [{ kind: "silent" }, { kind: "cut" }] as const) {
      sagemaker.calls.length = 0;
      sagemaker.always = fault;
      const caller = new AbortController();
      const work = encoder.encodeTexts(["a"], { signal: caller.signal });
      await expect.poll(() => sagemaker.calls.length, { timeout: 20_000 }).toBe(1);
      caller.abort(fault.kind === "cut" ? new Error("the client went away") : undefined);
      expect(await work).toMatchObject([{ code: "TIMEOUT" }]);
      expect(sagemaker.calls).toHaveLength(1);
    }
    expect(await encoder.encodeTexts(["a"], { signal: AbortSignal.abort() })).toMatchObject([{ code: "TIMEOUT" }]);
    // Not even looked at: else it would be told that it is no picture.
    expect(await encoder.encodeImages([Buffer.from("a")], { signal: AbortSignal.abort() })).toMatchObject([{ code: "TIMEOUT" }]);
    expect(sagemaker.calls).toHaveLength(1);
  });

  it("of a caller whose call waits for its turn lets the next one have it", async () => {
    await reopen({ concurrency: 1 });
    let release = () => {};
    const until = new Promise<void>((resolve) => {
      release = resolve;
    });
    sagemaker.faults.push({ kind: "held", until });
    const first = encoder.encodeTexts(["a"]);
    await expect.poll(() => sagemaker.calls.length, { timeout: 20_000 }).toBe(1);
    const caller = new AbortController();
    const second = encoder.encodeTexts(["b"], { signal: caller.signal });
    const third = encoder.encodeTexts(["c"]);
    caller.abort();
    expect(await second).toMatchObject([{ code: "TIMEOUT" }]);
    release();
    expect(await Promise.all([first, third])).toEqual([[expect.any(Float32Array)], [expect.any(Float32Array)]]);
    expect(sagemaker.calls.map(({ body }) => inputsOf(body))).toEqual([["a"], ["c"]]);
  });

  it("of the caller leaves a call to its own limit, so that the circuit opens where no caller waits as long", async () => {
    const { states, log } = watchCircuit();
    await reopen({ timeoutMs: 500, failuresToOpen: 2, retries: 0, circuitOpenMs: 60_000, log });
    sagemaker.always = { kind: "silent" };
    for (const count of [1, 2]) {
      const caller = new AbortController();
      const work = encoder.encodeTexts(["a"], { signal: caller.signal });
      await expect.poll(() => sagemaker.calls.length, { timeout: 20_000 }).toBe(count);
      caller.abort();
      await work;
    }
    await expect.poll(() => states, { timeout: 20_000 }).toEqual(["Open"]);
    expect(sagemaker.calls).toHaveLength(2);
  });
});

describe("calls", () => {
  it("are one for 100 texts, with the prompt around each", async () => {
    await reopen({ prompt: "this is a {text}" });
    await encoder.encodeTexts(words(100));
    expect(sagemaker.calls.map((call) => call.contentType)).toEqual(["application/json"]);
    expect(inputsOf(sagemaker.calls[0]?.body as Buffer)).toEqual(words(100).map((word) => `this is a ${word}`));
  });

  it("stay within batch size and payload", async () => {
    await reopen({ textBatch: 30 });
    await encoder.encodeTexts(words(100));
    expect(sagemaker.calls.map((call) => inputsOf(call.body).length)).toEqual([30, 30, 30, 10]);
    await reopen({ maxPayloadBytes: 300_000, timeoutMs: 60_000 });
    const outcomes = await encoder.encodeTexts(Array.from({ length: 12 }, (_, i) => `${i} ${"\u0001é".repeat(50_000)}`));
    expect(outcomes).toEqual(new Array(12).fill(expect.any(Float32Array)));
    for (const call of sagemaker.calls) expect(call.body.byteLength).toBeLessThanOrEqual(300_000);
    // An answer has the same limit: 64 numbers of up to 24 characters a text.
    await reopen({ maxPayloadBytes: 300_000, textBatch: 1_000, timeoutMs: 60_000 });
    await encoder.encodeTexts(words(400));
    expect(sagemaker.calls.map((call) => inputsOf(call.body).length)).toEqual([195, 195, 10]);
  });

  it("are one for many pictures where the container takes them, else one a picture and never too many at a time", async () => {
    const photo = await samplePhoto("derick-david-409858-unsplash.jpg");
    const together = (await encoder.encodeImages(new Array(20).fill(photo))) as Embedding[];
    expect(sagemaker.calls.map((call) => call.contentType)).toEqual(new Array(2).fill("application/vnd.likeness.pictures"));
    sagemaker.containers.set("clip-text", { url: containers.text, silent: true });
    sagemaker.containers.set("clip-image", { url: containers.image, silent: true });
    await reopen({ concurrency: 3 });
    sagemaker.peak = 0;
    const alone = (await encoder.encodeImages(new Array(20).fill(photo))) as Embedding[];
    expect(sagemaker.calls.map((call) => call.contentType)).toEqual(new Array(20).fill("application/x-image"));
    expect(sagemaker.calls.every((call) => call.body.equals(photo))).toBe(true);
    expect(sagemaker.peak).toBe(3);
    alone.forEach((each, i) => {
      expect(cosine(each, together[i] as Embedding)).toBeGreaterThan(0.9999);
    });
  });

  it("has a connection for each call that may be under way, of texts and of pictures", async () => {
    const concurrency = 40;
    await reopen({ concurrency, textBatch: 1, imageBatch: 1, timeoutMs: 60_000 });
    let release = () => {};
    const until = new Promise<void>((resolve) => {
      release = resolve;
    });
    sagemaker.always = { kind: "held", until };
    sagemaker.peak = 0;
    const photo = await samplePhoto("derick-david-409858-unsplash.jpg");
    const calls = Promise.all([encoder.encodeTexts(words(concurrency)), encoder.encodeImages(new Array(concurrency).fill(photo))]);
    await expect.poll(() => sagemaker.peak, { timeout: 20_000 }).toBe(2 * concurrency);
    release();
    expect((await calls).flat()).toEqual(new Array(2 * concurrency).fill(expect.any(Float32Array)));
  });
});

describe("the start", () => {
  const start = (options: Partial<SageMakerOptions>) => SageMakerEncoder.open({ ...QUICK, ...options });

  it("fails by the name of an endpoint that does not exist", async () => {
    await expect(start({ textEndpoint: "nowhere" })).rejects.toMatchObject({
      code: "ENCODER_UNAVAILABLE",
      message: expect.stringMatching(/"nowhere" gave no vector .* not found.* Check LIKENESS_SAGEMAKER_TEXT_ENDPOINT/s),
    });
  });

  it("fails where the endpoints are swapped, or of two models", async () => {
    await expect(start({ textEndpoint: "clip-image", imageEndpoint: "clip-text" })).rejects.toMatchObject({ code: "ENCODER_UNAVAILABLE" });
    const other = await startContainers("models/likeness-mini");
    sagemaker.containers.set("clip-image", { url: other.image });
    await expect(start({})).rejects.toThrow(/not of one model: "clip-text" gives 64 numbers by .*, "clip-image" gives \d+ numbers/);
    await other.stop();
  });

  it("names the model by what the container tells, the settings, or the endpoints' names; and the prompt", async () => {
    expect(encoder.modelId).toMatch(/^tiny-clip@[0-9a-f]{8}$/);
    await reopen({ prompt: "a photo of {text}", modelId: "mine" });
    expect(encoder.modelId).toBe('mine "a photo of {text}"');
    for (const name of ["clip-text", "clip-image"] as const) {
      sagemaker.containers.set(name, { url: name === "clip-text" ? containers.text : containers.image, silent: true });
    }
    await reopen({});
    expect(encoder.modelId).toBe("sagemaker:clip-text+clip-image");
  });

  it("is the end of what is compared: another model behind the same name is refused", async () => {
    const other = await startContainers("models/likeness-mini");
    sagemaker.containers.set("clip-text", { url: other.text });
    expect(await encoder.encodeTexts(["a"])).toMatchObject([
      { code: "ENCODER_UNAVAILABLE", message: expect.stringMatching(/serves another model now \(likeness-mini@\w+\)/) },
    ]);
    sagemaker.containers.set("clip-text", { url: containers.text, silent: true });
    expect(await encoder.encodeTexts(["a"])).toMatchObject([{ code: "ENCODER_UNAVAILABLE" }]);
    await other.stop();
  });

  it("is told to the log as an error, for alarms, as all is that an operator alone can help; what may pass is not", async () => {
    const reasons: string[] = [];
    await reopen({ log: pino({ level: "error" }, { write: (line: string) => void reasons.push(JSON.parse(line).reason) }) });
    sagemaker.always = { kind: "service", status: 503, type: "ServiceUnavailable" };
    await encoder.encodeTexts(["a"]);
    expect(reasons).toEqual([]);
    sagemaker.always = null;
    sagemaker.containers.set("clip-text", { url: containers.text, silent: true });
    await encoder.encodeTexts(["a"]);
    sagemaker.containers.delete("clip-text");
    await encoder.encodeTexts(["a"]);
    expect(reasons).toEqual([expect.stringContaining("serves another model now"), expect.stringContaining("SageMaker refuses the call")]);
  });
});
