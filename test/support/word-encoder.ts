import { createHash } from "node:crypto";
import { type Embedding, normalize } from "../../src/domain/embedding.js";
import { LikenessError } from "../../src/domain/errors.js";
import type { Encoder, Outcome } from "../../src/domain/ports.js";
import { tokenize } from "../../src/domain/words.js";

const DIMENSION = 64;

/** An encoder whose embeddings mean something at no cost: each word has a direction of its own, a text their sum. */
export class WordEncoder implements Encoder {
  readonly kind = "words";
  readonly modelId = "words@1";
  readonly dimension = DIMENSION;
  /** Thrown instead of an answer, while set. */
  failure: Error | null = null;

  async encodeTexts(texts: readonly string[]): Promise<Outcome<Embedding>[]> {
    const { failure } = this;
    return texts.map((text) => failure ?? embeddingOf(text));
  }

  /** A picture is here the bytes of a text that tells what is to be seen. */
  async encodeImages(images: readonly Uint8Array[]): Promise<Outcome<Embedding>[]> {
    return await this.encodeTexts(images.map((image) => Buffer.from(image).toString()));
  }

  async close(): Promise<void> {}
}

export function embeddingOf(text: string): Embedding {
  const sum = new Float32Array(DIMENSION);
  for (const word of tokenize(text)) {
    const digest = createHash("sha512").update(word).digest();
    for (let i = 0; i < DIMENSION; i++) sum[i] = (sum[i] as number) + (digest[i] as number) - 127.5;
  }
  return normalize(sum);
}

export const ENCODER_DOWN = new LikenessError("ENCODER_UNAVAILABLE", "The encoder does not answer.");
