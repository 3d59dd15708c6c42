import { type Embedding, normalize } from "../../domain/embedding.js";
import { LikenessError } from "../../domain/errors.js";
import type { Product, StoredProduct } from "../../domain/product.js";
import type { RawDocument } from "./document.js";
import type { SpaceType } from "./native-score.js";
import type { Engine, OpenSearchOptions } from "./options.js";
import type { PhysicalIndex, RawField } from "./physical-index.js";
import { isElasticsearch, type Server, serverOf } from "./server.js";
import { searching, type Target } from "./target.js";

/**
 * An index that was made elsewhere, to be searched by its one embedding: `_id` is a product's id, and one field its title.
 * Throws MODEL_MISMATCH for another dimension; which model filled it, it does not say.
 */
export function foreignTarget(index: PhysicalIndex, dimension: number, options: OpenSearchOptions, server: Server): Target {
  const { embeddingField, titleField } = options.foreign as NonNullable<OpenSearchOptions["foreign"]>;
  const field = fieldAt(index, embeddingField);
  if (field?.type !== "knn_vector") {
    throw new LikenessError(
      "INDEX_UNAVAILABLE",
      `LIKENESS_OPENSEARCH_EMBEDDING_FIELD=${embeddingField}, but in ${index.name} that is ${field ? `of type ${field.type}` : "no field"}: ` +
        "name one of type knn_vector.",
    );
  }
  if (field.dimension !== dimension) {
    throw new LikenessError(
      "MODEL_MISMATCH",
      `The field ${embeddingField} of ${index.name} holds ${field.dimension} numbers, but the encoder gives ${dimension}: ` +
        "use the encoder that the index was filled by.",
    );
  }
  return {
    index: index.name,
    fields: { image: embeddingField, text: null },
    wordFields: [{ field: titleField, boost: 1 }],
    listingFields: null,
    hasFacets: false,
    idField: "_id",
    byIds: (ids) => ({ ids: { values: ids } }),
    read: (withEmbeddings) => ({ _source: withEmbeddings ? true : { excludes: [embeddingField] } }),
    toStored: (document) => toStored(document, embeddingField, titleField),
    ...searching(
      server,
      { engine: engineOf(field, index, server), spaceType: spaceTypeOf(field, index), asBytes: field.data_type === "byte" },
      options.graph.efSearch,
    ),
  };
}

function fieldAt({ mappings }: PhysicalIndex, path: string): RawField | undefined {
  return path.split(".").reduce<RawField | undefined>((at, name) => at?.properties?.[name], mappings);
}

/**
 * A field that names no engine has the default of the version that made the index: nmslib in Elasticsearch (Open Distro) and
 * until 2.17, then faiss. A collection need not tell which made it.
 */
function engineOf({ method }: RawField, { settings }: PhysicalIndex, server: Server): Engine {
  if (method?.engine) return method.engine as Engine;
  const created = settings["index.version.created_string"];
  const made = created ? serverOf(created) : server;
  return made.defaultsToFaiss && !isElasticsearch(made.version) ? "faiss" : "nmslib";
}

function spaceTypeOf({ method, space_type }: RawField, { settings }: PhysicalIndex): SpaceType {
  return (method?.space_type ?? space_type ?? settings["index.knn.space_type"] ?? "l2") as SpaceType;
}

function toStored({ _id, _source }: RawDocument, embeddingField: string, titleField: string): StoredProduct {
  const title = valueAt(_source, titleField);
  const product: Product = {
    id: _id,
    title: typeof title === "string" ? title : "",
    description: null,
    categories: [],
    brand: null,
    price: null,
    inStock: null,
    url: null,
    imageUrl: null,
    images: [],
    attributes: [],
    groupId: null,
    updatedAt: new Date(0),
  };
  const imageEmbedding = toEmbedding(valueAt(_source, embeddingField));
  return { product, imageEmbedding, textEmbedding: null, fingerprint: { content: "", image: null, text: null } };
}

/** Null also for one that is all zeros, which fields of l2 and innerproduct take: one such product must fail no search that finds it. */
function toEmbedding(numbers: unknown): Embedding | null {
  return Array.isArray(numbers) && numbers.some((each) => each !== 0) ? normalize(numbers as number[]) : null;
}

function valueAt(source: unknown, path: string): unknown {
  const whole = (source as Record<string, unknown> | undefined)?.[path];
  if (whole !== undefined) return whole;
  return path.split(".").reduce<unknown>((at, name) => (at as Record<string, unknown> | undefined)?.[name], source);
}
