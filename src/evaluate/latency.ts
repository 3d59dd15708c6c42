import type { Encoder } from "../domain/ports.js";
import type { SearchProducts } from "../search/search-products.js";
import { quantile } from "./metrics.js";

/** Of calls one after another, in milliseconds. */
export interface Latency {
  readonly calls: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
}

export interface LatencyReport {
  /** Encoding one text. */
  readonly text: Latency | null;
  /** Decoding and encoding one picture. */
  readonly picture: Latency | null;
  /** A whole search by words: encoding and index. */
  readonly search: Latency | null;
}

/** The encoder must not remember what it encoded before, or its memory would be measured. */
export async function measureLatency(
  encoder: Pick<Encoder, "encodeTexts" | "encodeImages">,
  search: Pick<SearchProducts, "search">,
  texts: readonly string[],
  pictures: readonly Uint8Array[],
): Promise<LatencyReport> {
  return {
    text: await timed(texts, (text) => encoder.encodeTexts([text])),
    picture: await timed(pictures, (picture) => encoder.encodeImages([picture])),
    search: await timed(texts, (text) => search.search([{ text, first: 10, withTotal: false, withEmbeddings: false }])),
  };
}

async function timed<T>(inputs: readonly T[], call: (input: T) => Promise<unknown>): Promise<Latency | null> {
  const tookMs: number[] = [];
  for (const input of inputs) {
    const startedMs = performance.now();
    await call(input);
    tookMs.push(performance.now() - startedMs);
  }
  const [p50Ms, p95Ms] = [quantile(0.5, tookMs), quantile(0.95, tookMs)];
  return p50Ms === null || p95Ms === null ? null : { calls: tookMs.length, p50Ms, p95Ms };
}
