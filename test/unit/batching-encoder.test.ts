import { describe, expect, it } from "vitest";
import { type Embedding, normalize } from "../../src/domain/embedding.js";
import type { EncodeOptions, Encoder, Outcome } from "../../src/domain/ports.js";
import { BatchingEncoder, type BatchingOptions } from "../../src/encoders/batching-encoder.js";

/** Embeds a text by its length and a picture by its first byte; answers when told to, so that a test can look between. */
class SteppedEncoder implements Encoder {
  readonly kind = "stepped";
  readonly modelId = "stepped@1";
  readonly dimension = 2;
  readonly batches: (readonly (string | Uint8Array)[])[] = [];
  readonly gates: (() => void)[] = [];
  readonly signals: (AbortSignal | undefined)[] = [];
  held = false;
  closed = false;

  encodeTexts(texts: readonly string[], { signal }: EncodeOptions = {}): Promise<Outcome<Embedding>[]> {
    this.signals.push(signal);
    return this.answer(texts, (text) => (text === "bad" ? new Error("bad text") : normalize([text.length, 1])));
  }

  encodeImages(images: readonly Uint8Array[]): Promise<Outcome<Embedding>[]> {
    return this.answer(images, (image) => normalize([image[0] as number, 2]));
  }

  async close(): Promise<void> {
    this.closed = true;
  }

  private async answer<T extends string | Uint8Array>(inputs: readonly T[], embed: (input: T) => Outcome<Embedding>) {
    this.batches.push(inputs);
    if (this.held) await new Promise<void>((resolve) => this.gates.push(resolve));
    if (inputs.some((input) => input === "crash")) throw new Error("crashed");
    return inputs.map(embed);
  }
}

function wrap(options?: BatchingOptions, held = false) {
  const inner = new SteppedEncoder();
  inner.held = held;
  return { inner, encoder: new BatchingEncoder(inner, options) };
}

const turn = () => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
const texts = (count: number, prefix = "t") => Array.from({ length: count }, (_, i) => `${prefix}${i}`);

describe("BatchingEncoder", () => {
  it("passes on what the inner encoder is", () => {
    expect(wrap().encoder).toMatchObject({ kind: "stepped", modelId: "stepped@1", dimension: 2 });
  });

  it("answers in order, and nothing for nothing", async () => {
    const { encoder } = wrap();
    expect(await encoder.encodeTexts(["a", "bbb"])).toEqual([normalize([1, 1]), normalize([3, 1])]);
    expect(await encoder.encodeTexts([])).toEqual([]);
  });

  it("makes one batch of concurrent requests", async () => {
    const { encoder, inner } = wrap();
    await Promise.all(texts(20).map((text) => encoder.encodeTexts([text])));
    expect(inner.batches.map((batch) => batch.length)).toEqual([20]);
  });

  it("fills later batches while the encoder is busy, one at a time, at most maxBatch long", async () => {
    const { encoder, inner } = wrap({ maxBatch: 4 }, true);
    const first = encoder.encodeTexts(["first"]);
    await turn();
    const rest = texts(6).map((text) => encoder.encodeTexts([text]));
    await turn();
    expect(inner.batches).toEqual([["first"]]);
    inner.gates[0]?.();
    await first;
    await turn();
    expect(inner.batches.map((batch) => batch.length)).toEqual([1, 4]);
    inner.gates[1]?.();
    await turn();
    inner.gates[2]?.();
    await Promise.all(rest);
    expect(inner.batches.map((batch) => batch.length)).toEqual([1, 4, 2]);
    expect(encoder.stats).toEqual({ textsEncoded: 7, imagesEncoded: 0, batches: 3, cacheHits: 0 });
  });

  it("has two batches of pictures at once, so that one is decoded while the other is in the model", async () => {
    const { encoder, inner } = wrap({ maxBatch: 2 }, true);
    const pictures = Array.from({ length: 6 }, (_, i) => Uint8Array.of(i + 1));
    const all = encoder.encodeImages(pictures);
    await turn();
    expect(inner.batches).toEqual([pictures.slice(0, 2), pictures.slice(2, 4)]);
    inner.gates[1]?.();
    await turn();
    expect(inner.batches).toEqual([pictures.slice(0, 2), pictures.slice(2, 4), pictures.slice(4)]);
    for (const open of inner.gates) open();
    expect(await all).toEqual(pictures.map(([byte]) => normalize([byte as number, 2])));
  });

  it("keeps both turns though a batch ends while the next one is about to start", async () => {
    const { encoder, inner } = wrap({ maxBatch: 1 }, true);
    const picture = (byte: number) => encoder.encodeImages([Uint8Array.of(byte)]);
    const first = picture(1);
    await turn();
    const second = picture(2);
    inner.gates[0]?.();
    await first;
    await turn();
    inner.gates[1]?.();
    await second;
    const rest = [picture(3), picture(4), picture(5)];
    await turn();
    expect(inner.batches.map(([bytes]) => bytes)).toEqual([1, 2, 3, 4].map((byte) => Uint8Array.of(byte)));
    inner.held = false;
    for (const open of inner.gates) open();
    await Promise.all(rest);
    expect(inner.batches).toHaveLength(5);
  });

  it("has as many batches of texts at once as it is told to, so that one that hangs holds up no other", async () => {
    const { encoder, inner } = wrap({ textBatches: 2 }, true);
    const hung = encoder.encodeTexts(["hung"]);
    await turn();
    const second = encoder.encodeTexts(["b", "c"]);
    await turn();
    const third = encoder.encodeTexts(["d"]);
    await turn();
    expect(inner.batches).toEqual([["hung"], ["b", "c"]]);
    inner.gates[1]?.();
    expect(await second).toEqual([normalize([1, 1]), normalize([1, 1])]);
    await turn();
    inner.gates[2]?.();
    expect(await third).toEqual([normalize([1, 1])]);
    inner.gates[0]?.();
    expect(await hung).toEqual([normalize([4, 1])]);
  });

  it("fills a batch until it starts", async () => {
    const { encoder, inner } = wrap({ maxBatch: 3 });
    const first = encoder.encodeTexts(["a"]);
    await Promise.resolve();
    await Promise.all([first, encoder.encodeTexts(["b", "c", "d"])]);
    expect(inner.batches).toEqual([["a", "b", "c"], ["d"]]);
  });

  it("lets a text pass while pictures are encoded", async () => {
    const { encoder, inner } = wrap({}, true);
    const picture = encoder.encodeImages([Uint8Array.of(1)]);
    await turn();
    const text = encoder.encodeTexts(["a"]);
    await turn();
    expect(inner.batches.length).toBe(2);
    inner.gates[1]?.();
    await text;
    inner.gates[0]?.();
    expect(await picture).toEqual([normalize([1, 2])]);
  });

  it("encodes equal content once, under way or done, by content and not by identity", async () => {
    const { encoder, inner } = wrap();
    await Promise.all([encoder.encodeImages([Uint8Array.of(5), Uint8Array.of(5)]), encoder.encodeImages([Uint8Array.of(5)])]);
    await encoder.encodeImages([Uint8Array.of(5)]);
    expect(inner.batches.map((batch) => batch.length)).toEqual([1]);
    expect(encoder.stats).toEqual({ textsEncoded: 0, imagesEncoded: 1, batches: 1, cacheHits: 3 });
  });

  it("drops what nobody waits for any more, and keeps what somebody does", async () => {
    const { encoder, inner } = wrap({}, true);
    const first = encoder.encodeTexts(["first"]);
    await turn();
    const gone = new AbortController();
    const left = encoder.encodeTexts(["alone", "shared"], { signal: gone.signal });
    const stays = encoder.encodeTexts(["shared"]);
    await turn();
    gone.abort();
    expect(await left).toMatchObject([{ code: "TIMEOUT" }, { code: "TIMEOUT" }]);
    inner.gates[0]?.();
    await first;
    await turn();
    expect(inner.batches).toEqual([["first"], ["shared"]]);
    inner.gates[1]?.();
    expect(await stays).toEqual([normalize([6, 1])]);
    expect(await encoder.encodeTexts(["late"], { signal: gone.signal })).toMatchObject([{ code: "TIMEOUT" }]);
    inner.held = false;
    expect(await encoder.encodeTexts(["alone"])).toEqual([normalize([5, 1])]);
  });

  it("asks the encoder nothing when everybody has gone, and goes on", async () => {
    const { encoder, inner } = wrap({}, true);
    const first = encoder.encodeTexts(["first"]);
    await turn();
    const gone = new AbortController();
    const left = encoder.encodeTexts(["a", "b"], { signal: gone.signal });
    await turn();
    gone.abort();
    await left;
    inner.held = false;
    inner.gates[0]?.();
    await first;
    await turn();
    expect(inner.batches).toEqual([["first"]]);
    expect(await encoder.encodeTexts(["c"])).toEqual([normalize([1, 1])]);
    expect(encoder.stats).toMatchObject({ textsEncoded: 2, batches: 2 });
  });

  it("tells the encoder when the last who waited for a batch has gone, and begins anew for the next", async () => {
    const { encoder, inner } = wrap({ textBatches: 2 }, true);
    const [one, other] = [new AbortController(), new AbortController()];
    const first = encoder.encodeTexts(["a", "b"], { signal: one.signal });
    const second = encoder.encodeTexts(["b"], { signal: other.signal });
    await turn();
    one.abort();
    await first;
    expect(inner.signals[0]?.aborted).toBe(false);
    other.abort();
    await second;
    expect(inner.signals[0]?.aborted).toBe(true);
    const late = encoder.encodeTexts(["b"]);
    await turn();
    expect(inner.batches).toEqual([["a", "b"], ["b"]]);
    for (const open of inner.gates) open();
    expect(await late).toEqual([normalize([1, 1])]);
  });

  it("never mixes up a text and a picture of the same bytes", async () => {
    const { encoder } = wrap();
    const [[text], [image]] = await Promise.all([encoder.encodeTexts(["a"]), encoder.encodeImages([Buffer.from("a")])]);
    expect(text).not.toEqual(image);
  });

  it("forgets the least recently used beyond maxCached, and everything with 0", async () => {
    const { encoder } = wrap({ maxCached: 2 });
    for (const text of ["a", "b", "a", "c", "a", "b"]) await encoder.encodeTexts([text]);
    expect(encoder.stats).toMatchObject({ textsEncoded: 4, cacheHits: 2 });
    const { encoder: forgetful } = wrap({ maxCached: 0 });
    for (const text of ["a", "a"]) await forgetful.encodeTexts([text]);
    expect(forgetful.stats.textsEncoded).toBe(2);
  });

  it("gives every caller an embedding of its own", async () => {
    const { encoder } = wrap();
    const [[one], [other]] = (await Promise.all([encoder.encodeTexts(["a"]), encoder.encodeTexts(["a"])])) as [[Embedding], [Embedding]];
    one.fill(0);
    expect(other).toEqual(normalize([1, 1]));
    other.fill(0);
    expect(await encoder.encodeTexts(["a"])).toEqual([normalize([1, 1])]);
  });

  it("keeps a failure at its own place and tries again next time", async () => {
    const { encoder, inner } = wrap();
    const [good, bad] = await encoder.encodeTexts(["good", "bad"]);
    expect(good).toEqual(normalize([4, 1]));
    expect(bad).toEqual(new Error("bad text"));
    await encoder.encodeTexts(["good", "bad"]);
    expect(inner.batches).toEqual([["good", "bad"], ["bad"]]);
  });

  it("goes on after a batch that crashed whole", async () => {
    const { encoder } = wrap();
    expect(await encoder.encodeTexts(["crash", "a"])).toEqual([new Error("crashed"), new Error("crashed")]);
    expect(await encoder.encodeTexts(["a"])).toEqual([normalize([1, 1])]);
  });

  it("refuses what the queue cannot hold, and only that", async () => {
    const { encoder, inner } = wrap({ maxQueued: 3 }, true);
    const first = encoder.encodeTexts(["first"]);
    await turn();
    const outcomes = encoder.encodeTexts(texts(5));
    inner.held = false;
    inner.gates[0]?.();
    await first;
    const codes = (await outcomes).map((each) => (each instanceof Error ? (each as Error & { code?: string }).code : "ok"));
    expect(codes).toEqual(["ok", "ok", "ok", "OVERLOADED", "OVERLOADED"]);
    expect(await encoder.encodeTexts(["t4"])).toEqual([normalize([2, 1])]);
  });

  it("finishes what is under way before it closes, then refuses", async () => {
    const { encoder, inner } = wrap({}, true);
    const under = encoder.encodeTexts(["a"]);
    await turn();
    const closing = encoder.close();
    await turn();
    expect(inner.closed).toBe(false);
    inner.gates[0]?.();
    await closing;
    expect(inner.closed).toBe(true);
    expect(await under).toEqual([normalize([1, 1])]);
    expect(await encoder.encodeTexts(["b"])).toMatchObject([{ code: "ENCODER_UNAVAILABLE" }]);
  });
});
