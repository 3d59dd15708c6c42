import { LikenessError } from "../../domain/errors.js";
import type { Model } from "../../domain/ports.js";
import { MAX_TERM_CHARS, STORED_EMBEDDINGS } from "./document.js";
import type { SpaceType } from "./native-score.js";
import type { Engine, OpenSearchOptions, Quantisation } from "./options.js";
import type { Server } from "./server.js";

/** Raised when documents or fields change so that searches need those of today. */
export const LAYOUT = 3;

/** What a physical index says of itself in its mapping's `_meta.likeness`. */
export interface Meta extends Model {
  /** The `LAYOUT` of the version that made it. */
  readonly layout: number;
  readonly engine: Engine;
  readonly spaceType: SpaceType;
  readonly quantisation: Quantisation;
  /** The index that a rebuild made it from, and with which settings; absent where it was made empty. */
  readonly buildingFrom?: string;
  readonly buildingWith?: Pick<OpenSearchOptions, "graph" | "shards" | "replicas">;
}

export const EMBEDDING_FIELDS = { image: "image_embedding", text: "text_embedding" } as const;

/** A value longer than a term is kept, but cannot be filtered by. */
const keyword = { type: "keyword", ignore_above: MAX_TERM_CHARS };

/** Words come folded and parted by spaces, as every index looks for them; left to do is to stem them. */
const STEMS = "likeness_stems";
const words = { type: "text", analyzer: STEMS };

/** Made of the product to search by, and never read back. */
const DERIVED = { category_paths: keyword, title_key: keyword, title_words: words, words };

/** What a new index will be: the engine asked for, or the one that an older server has. */
export function newMeta(model: Model, { graph }: OpenSearchOptions, server: Server): Meta {
  const engine: Engine = graph.engine === "lucene" && !server.hasLucene ? "nmslib" : graph.engine;
  const needed = { fp16: "faiss", byte: "lucene", none: engine }[graph.quantisation];
  if (engine !== needed) {
    throw new LikenessError(
      "INDEX_UNAVAILABLE",
      `LIKENESS_OPENSEARCH_QUANTISATION=${graph.quantisation} needs the engine ${needed}, but OpenSearch ${server.version} is to use ${engine}: ` +
        `set LIKENESS_OPENSEARCH_ENGINE=${needed}, or no quantisation.`,
    );
  }
  // faiss has cosinesimil since 2.19; the product of two embeddings of length 1 is the same number.
  const spaceType = engine === "faiss" && !server.hasOneCosineScore ? "innerproduct" : "cosinesimil";
  return { layout: LAYOUT, modelId: model.modelId, dimension: model.dimension, engine, spaceType, quantisation: graph.quantisation };
}

/** The body of the request that creates an index. */
export function indexBody(meta: Meta, options: OpenSearchOptions, server: Server): Record<string, unknown> {
  const { graph, shards, replicas } = options;
  const encoder = meta.quantisation === "fp16" ? { encoder: { name: "sq", parameters: { type: "fp16" } } } : {};
  const parameters = { m: graph.m, ef_construction: graph.efConstruction, ...encoder };
  const embedding = {
    type: "knn_vector",
    dimension: meta.dimension,
    ...(meta.quantisation === "byte" && { data_type: "byte" }),
    method: { name: "hnsw", engine: meta.engine, space_type: meta.spaceType, parameters },
  };
  const native = meta.engine !== "lucene" && !server.hasMethodParameters;
  return {
    settings: {
      index: {
        knn: true,
        analysis: { analyzer: { [STEMS]: { type: "custom", tokenizer: "whitespace", filter: ["porter_stem"] } } },
        ...(native && { "knn.algo_param.ef_search": graph.efSearch }),
        ...(server.canRefresh && { number_of_shards: shards, number_of_replicas: replicas }),
      },
    },
    mappings: {
      _meta: { likeness: meta },
      dynamic: false,
      // Sent to be indexed and never read back: without them a document is a tenth as large and as slow to read.
      _source: { excludes: [...Object.values(EMBEDDING_FIELDS), ...STORED_EMBEDDINGS, ...Object.keys(DERIVED), "copied_seq_no"] },
      properties: {
        product: { properties: productProperties() },
        attributes: keyword,
        ...DERIVED,
        [EMBEDDING_FIELDS.image]: embedding,
        [EMBEDDING_FIELDS.text]: embedding,
        ...Object.fromEntries(STORED_EMBEDDINGS.map((name) => [name, { type: "binary", store: true }])),
        copied_seq_no: { type: "keyword", index: false },
      },
    },
  };
}

function productProperties(): Record<string, unknown> {
  return {
    id: { type: "keyword" },
    brand: keyword,
    price: { properties: { amount: { type: "double" }, currency: { type: "keyword" } } },
    inStock: { type: "boolean" },
    updatedAt: { type: "date", format: "strict_date_time" },
  };
}
