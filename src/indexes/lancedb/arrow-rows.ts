import type { Data, FixedSizeList, Table } from "apache-arrow";
import type { Embedding } from "../../domain/embedding.js";
import type { StoredProduct } from "../../domain/product.js";
import { arrow } from "./arrow.js";
import { productSchema, toRow } from "./schema.js";

/**
 * Products as one Arrow batch, column by column and by the schema alone: nothing is inferred from values that may all be
 * missing. The embeddings are laid out by hand, because Arrow's JavaScript builder leaves the values of a trailing null
 * out of a fixed-size list, which the engine then reads past the end of.
 */
export function toArrow(items: readonly StoredProduct[], dimension: number): Table {
  const schema = productSchema(dimension);
  const rows = items.map(toRow);
  const embeddings = new Map([
    ["image_embedding", items.map((each) => each.imageEmbedding)],
    ["text_embedding", items.map((each) => each.textEmbedding)],
  ]);
  const children = schema.fields.map(({ name, type }) => {
    const column = embeddings.get(name);
    if (column) return embeddingColumn(column, type as FixedSizeList, dimension);
    return arrow.vectorFromArray(
      rows.map((row) => row[name]),
      type,
    ).data[0] as Data;
  });
  const struct = arrow.makeData({ type: new arrow.Struct(schema.fields), length: items.length, nullCount: 0, children });
  return new arrow.Table(schema, [new arrow.RecordBatch(schema, struct)]);
}

/** Float32 of shape `[n, dimension]`, zeros where there is no embedding, and a bitmap that says which those are. */
function embeddingColumn(embeddings: readonly (Embedding | null)[], type: FixedSizeList, dimension: number): Data {
  const values = new Float32Array(embeddings.length * dimension);
  const nullBitmap = new Uint8Array(Math.ceil(embeddings.length / 8));
  let nullCount = 0;
  embeddings.forEach((embedding, i) => {
    if (embedding) {
      values.set(embedding, i * dimension);
      nullBitmap[i >> 3] = (nullBitmap[i >> 3] as number) | (1 << (i & 7));
    } else nullCount++;
  });
  const child = arrow.makeData({ type: new arrow.Float32(), length: values.length, nullCount: 0, data: values });
  return arrow.makeData({ type, length: embeddings.length, nullCount, nullBitmap, child });
}
