import type { Logger } from "../../log.js";

/** How requests are signed: not at all, by name and password, or by AWS Signature Version 4 for a domain or a collection. */
export type OpenSearchAuth =
  | { readonly kind: "none" }
  | { readonly kind: "basic"; readonly username: string; readonly password: string }
  | { readonly kind: "sigv4"; readonly service: "es" | "aoss"; readonly region: string };

export type Engine = "lucene" | "faiss" | "nmslib";

/** How embeddings are kept for comparing: as float32, as float16 (faiss alone) or as bytes (lucene alone). */
export type Quantisation = "none" | "fp16" | "byte";

/** The parameters of a new index's graph: Malkov and Yashunin, "Efficient and robust approximate nearest neighbor search", 2016. */
export interface GraphOptions {
  readonly engine: Exclude<Engine, "nmslib">;
  readonly quantisation: Quantisation;
  /** Neighbours of a node. */
  readonly m: number;
  /** Breadth of the search for neighbours while the graph is built. */
  readonly efConstruction: number;
  /** Breadth of a search. */
  readonly efSearch: number;
}

export interface OpenSearchOptions {
  /** One URL per node that may be asked; the others stand in for one that does not answer. */
  readonly urls: readonly string[];
  readonly auth: OpenSearchAuth;
  /** The alias that products are read and written through. */
  readonly alias: string;
  readonly graph: GraphOptions;
  readonly shards: number;
  readonly replicas: number;
  /** Fields of an index that was made elsewhere, which is then opened read-only. */
  readonly foreign: { readonly embeddingField: string; readonly titleField: string } | null;
  /** Time limit of one search, all its retries included. */
  readonly searchTimeoutMs: number;
  /** Time limit of one write, all its retries included. */
  readonly writeTimeoutMs: number;
  readonly log?: Logger;
  /** Products up to which searches compare them all; past it they walk the graph. */
  readonly exactRows?: number;
}
