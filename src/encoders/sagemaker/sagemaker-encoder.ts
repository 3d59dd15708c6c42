import { SageMakerRuntimeClient } from "@aws-sdk/client-sagemaker-runtime";
import { bulkhead } from "cockatiel";
import type { Embedding } from "../../domain/embedding.js";
import { LikenessError } from "../../domain/errors.js";
import type { EncodeOptions, Encoder, Outcome } from "../../domain/ports.js";
import { splitBatches } from "../../domain/split-batches.js";
import type { Logger } from "../../log.js";
import { CallFailure } from "./call-failure.js";
import { collectUpTo } from "./collect-answer.js";
import { MANY_PICTURES, ONE_PICTURE, TEXTS } from "./contract/content-types.js";
import type { ModelCard } from "./contract/model-card.js";
import { PICTURE_OVERHEAD_BYTES, packPictures } from "./contract/picture-batch.js";
import { encodeBatch, toError } from "./encode-batch.js";
import { Endpoint, type EndpointOptions, givenUp } from "./endpoint.js";
import { fitPicture } from "./fit-picture.js";
import { fitText, halfOf } from "./fit-text.js";
import { probeEndpoints } from "./probe-endpoints.js";
import { readAnswer } from "./read-answer.js";
import { inputBytes, TEXT_SLOT, textBody, toInput } from "./text-input.js";

export interface SageMakerOptions extends Partial<EndpointOptions> {
  readonly textEndpoint: string;
  readonly imageEndpoint: string;
  /** What each text is sent as; `{text}` stands for it. */
  readonly prompt?: string;
  /** Replaces the id that the endpoints tell, or that is made from their names. */
  readonly modelId?: string;
  /** Most texts, and most pictures where the endpoint takes many, in one call. */
  readonly textBatch?: number;
  readonly imageBatch?: number;
  /** Largest body of a request or an answer. */
  readonly maxPayloadBytes?: number;
  readonly log?: Logger;
}

const DEFAULTS = {
  prompt: `this is a ${TEXT_SLOT}`,
  textBatch: 128,
  imageBatch: 16,
  // What a serverless endpoint takes (4 MB; https://docs.aws.amazon.com/sagemaker/latest/dg/serverless-endpoints.html).
  maxPayloadBytes: 4_000_000,
  concurrency: 8,
  retries: 3,
  firstWaitMs: 100,
  longestWaitMs: 2_000,
  // More than may fail together in one hiccup.
  failuresToOpen: 20,
  circuitOpenMs: 1_000,
  timeoutMs: 15_000,
  coldStartMs: 60_000,
  deadlineMs: 120_000,
};

/** A connection that takes longer than this to open leads nowhere, however long the endpoint may take to answer. */
const CONNECT_TIMEOUT_MS = 5_000;

/** Brackets and key of `{"inputs": […]}`, and more. */
const LIST_BYTES = 64;

/** Characters of one number in an answer, comma included, as Python writes a 32-bit float. */
const CHARACTERS_PER_NUMBER = 24;

/** An answer may have so many times `maxPayloadBytes`, by which calls are cut: a container may write spaces, or longer numbers. */
const ANSWER_FACTOR = 2;

/** Sharp works in Node's four threads: a picture that waits for one has not begun, and need not where its caller has gone meanwhile. */
const FITTED_AT_ONCE = 4;

type Settings = Required<Omit<SageMakerOptions, "modelId" | "log">>;

/**
 * Encodes by two SageMaker endpoints of one CLIP-family model: `{"inputs": […]}` for texts, the bytes of a picture for a
 * picture, an answer `[[…], …]` from both. Where they are Likeness's own containers, which their answers tell, many
 * pictures go in one call.
 */
export class SageMakerEncoder implements Encoder {
  readonly kind = "sagemaker";
  private closed = false;
  private readonly fitting = bulkhead(FITTED_AT_ONCE, Number.POSITIVE_INFINITY);

  private constructor(
    readonly modelId: string,
    readonly dimension: number,
    private readonly client: SageMakerRuntimeClient,
    private readonly text: Endpoint,
    private readonly image: Endpoint,
    private readonly card: ModelCard | null,
    private readonly settings: Settings,
  ) {}

  /**
   * Encodes a word and a picture to learn the dimension and what the endpoints are. Region, credentials and an endpoint
   * URL come from the AWS SDK's own variables and files. Throws ENCODER_UNAVAILABLE where an endpoint does not answer
   * (a cold start is waited for) or where the two are not of one model.
   */
  static async open(options: SageMakerOptions): Promise<SageMakerEncoder> {
    const { modelId, log, ...given } = options;
    const settings: Settings = { ...DEFAULTS, ...given };
    const { prompt, textEndpoint, imageEndpoint } = settings;
    // Our own policy tries again; the SDK's tries inside of it would multiply.
    // Both endpoints have one host. The SDK opens 50 sockets to it and takes a call that waits for one for a failed connection.
    const agent = { maxSockets: 2 * settings.concurrency };
    const client = new SageMakerRuntimeClient({
      maxAttempts: 1,
      streamCollector: collectUpTo(ANSWER_FACTOR * settings.maxPayloadBytes),
      requestHandler: { connectionTimeout: CONNECT_TIMEOUT_MS, httpAgent: agent, httpsAgent: agent },
    });
    try {
      const text = new Endpoint(client, textEndpoint, settings, log);
      const image = new Endpoint(client, imageEndpoint, settings, log);
      const { dimension, card } = await probeEndpoints(text, image, toInput(prompt, "product"));
      const model = modelId ?? card?.modelId ?? `sagemaker:${textEndpoint}+${imageEndpoint}`;
      // The prompt is a part of what a text's embedding depends on, so an index must not mix two of them.
      const id = prompt === TEXT_SLOT ? model : `${model} "${prompt}"`;
      return new SageMakerEncoder(id, dimension, client, text, image, card, settings);
    } catch (error) {
      client.destroy();
      throw error;
    }
  }

  async encodeTexts(texts: readonly string[], { signal }: EncodeOptions = {}): Promise<Outcome<Embedding>[]> {
    const { maxPayloadBytes, textBatch, prompt } = this.settings;
    // Our own container cuts a text where its model stops reading, so it is sent all of it.
    const fitted = this.card ? texts : texts.map((text) => fitText(prompt, text));
    const shorten = (text: string) => (this.card ? null : halfOf(prompt, text));
    const limits = { maxItems: Math.min(textBatch, this.rowsPerAnswer()), maxBytes: maxPayloadBytes - LIST_BYTES };
    const batches = splitBatches(fitted, (text) => inputBytes(toInput(prompt, text)), limits);
    const send = (batch: readonly string[]) => {
      const body = textBody(batch.map((text) => toInput(prompt, text)));
      return this.call(this.text, body, TEXTS, batch.length, signal);
    };
    return (await Promise.all(batches.map((batch) => encodeBatch(batch, send, shorten)))).flat();
  }

  async encodeImages(images: readonly Uint8Array[], { signal }: EncodeOptions = {}): Promise<Outcome<Embedding>[]> {
    const { maxPayloadBytes, imageBatch } = this.settings;
    const perCall = Math.min(imageBatch, this.card?.picturesPerCall ?? 0, this.rowsPerAnswer());
    const maxPictureBytes = maxPayloadBytes - PICTURE_OVERHEAD_BYTES;
    const unlessGone = (bytes: Uint8Array) => {
      if (signal?.aborted) throw givenUp(signal.reason);
      return fitPicture(bytes, maxPictureBytes);
    };
    const fitted = await Promise.all(images.map((bytes) => this.fitting.execute(() => unlessGone(bytes)).catch(toError)));
    const good = fitted.filter((each): each is Uint8Array => !(each instanceof Error));
    const sizeOf = (picture: Uint8Array) => picture.byteLength + PICTURE_OVERHEAD_BYTES;
    const batches = splitBatches(good, sizeOf, { maxItems: Math.max(1, perCall), maxBytes: maxPayloadBytes });
    const send = (batch: readonly Uint8Array[]) =>
      batch.length === 1
        ? this.call(this.image, batch[0] as Uint8Array, ONE_PICTURE, 1, signal)
        : this.call(this.image, packPictures(batch), MANY_PICTURES, batch.length, signal);
    const embeddings = (await Promise.all(batches.map((batch) => encodeBatch(batch, send)))).flat();
    let next = 0;
    return fitted.map((each) => (each instanceof Error ? each : (embeddings[next++] as Outcome<Embedding>)));
  }

  async close(): Promise<void> {
    this.closed = true;
    this.client.destroy();
  }

  /** How many vectors an answer may hold before it outgrows the payload limit itself. */
  private rowsPerAnswer(): number {
    return Math.max(1, Math.floor(this.settings.maxPayloadBytes / (this.dimension * CHARACTERS_PER_NUMBER)));
  }

  private async call(endpoint: Endpoint, body: Uint8Array, contentType: string, count: number, signal?: AbortSignal) {
    if (this.closed) throw new LikenessError("ENCODER_UNAVAILABLE", "The encoder is closed.");
    const answer = await endpoint.invoke(body, contentType, signal);
    try {
      // The embeddings of a model deployed under the same name meanwhile must not be compared with the old ones.
      if (this.card && answer.card?.modelId !== this.card.modelId) {
        const now = answer.card?.modelId ?? "one that does not tell its name";
        throw new CallFailure("malformed", `it serves another model now (${now}); this gateway was started with ${this.card.modelId}`);
      }
      return readAnswer(answer.rows, count, this.dimension);
    } catch (error) {
      if (error instanceof CallFailure) endpoint.report(error);
      throw error;
    }
  }
}
