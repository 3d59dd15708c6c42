export type EncoderKind = "serverless" | "realtime";
export type SizeName = "small" | "medium" | "large";

/** How much of everything a shop gets. What each costs an hour is in docs/deploying.md. */
export interface Size {
  /** How CLIP runs where the context does not say otherwise. */
  readonly encoder: EncoderKind;
  /** One is cheap, one per availability zone keeps the outside in reach when a zone fails. */
  readonly natGateways: 1 | 2;
  readonly domain: {
    readonly dataNodes: number;
    readonly dataInstance: string;
    /** Three of them keep the cluster's state; null lets the data nodes do it. */
    readonly masterInstance: string | null;
    readonly volumeGiB: number;
  };
  readonly gateway: { readonly cpu: number; readonly memoryMiB: number; readonly minTasks: number; readonly maxTasks: number };
  /** Of each of the two real-time endpoints. */
  readonly instances: { readonly type: string; readonly min: number; readonly max: number };
}

/**
 * A product's two embeddings of 672 dimensions take 1.1 × (4 × 672 + 8 × 16) × 2 = 6.2 kB of an HNSW graph
 * (https://docs.opensearch.org/2.18/search-plugins/knn/knn-vector-quantization), once for each copy. The data
 * nodes hold that in the half of their memory that the heap leaves free.
 */
export const SIZES: Readonly<Record<SizeName, Size>> = {
  /** To try it, and for some 50,000 products; a node that fails takes search with it. */
  small: {
    encoder: "serverless",
    natGateways: 1,
    domain: { dataNodes: 1, dataInstance: "t3.small.search", masterInstance: null, volumeGiB: 10 },
    gateway: { cpu: 512, memoryMiB: 4096, minTasks: 1, maxTasks: 2 },
    instances: { type: "ml.c5.xlarge", min: 1, max: 1 },
  },
  /** For some million products; a node or a zone may fail. */
  medium: {
    encoder: "realtime",
    natGateways: 2,
    domain: { dataNodes: 2, dataInstance: "r6g.large.search", masterInstance: "m6g.large.search", volumeGiB: 50 },
    gateway: { cpu: 1024, memoryMiB: 4096, minTasks: 2, maxTasks: 6 },
    instances: { type: "ml.c5.xlarge", min: 2, max: 4 },
  },
  /** For some ten million products. */
  large: {
    encoder: "realtime",
    natGateways: 2,
    domain: { dataNodes: 4, dataInstance: "r6g.2xlarge.search", masterInstance: "m6g.large.search", volumeGiB: 200 },
    gateway: { cpu: 2048, memoryMiB: 4096, minTasks: 4, maxTasks: 20 },
    instances: { type: "ml.c5.xlarge", min: 4, max: 12 },
  },
};
