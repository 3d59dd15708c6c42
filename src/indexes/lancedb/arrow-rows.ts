import type { Data, FixedSizeList, Table, Utf8 } from "apache-arrow";
import type { Embedding } from "../../domain/embedding.js";
import type { StoredProduct } from "../../domain/product.js";
import { arrow } from "./arrow.js";
import { productSchema, toRow } from "./schema.js";

/**
 * Products as one Arrow batch, column by column and by the schema alone: nothing is inferred from values that may all be
 * missing. Embeddings are laid out by hand, because Arrow's JavaScript builder leaves the values of a trailing null out of a
 * fixed-size list, which the engine then reads past the end of; and so are texts, which takes less time.
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
    const values = rows.map((row) => row[name]);
    if (arrow.DataType.isUtf8(type)) return textColumn(values as (string | null)[], type);
    return arrow.vectorFromArray(values, type).data[0] as Data;
  });
  const struct = arrow.makeData({ type: new arrow.Struct(schema.fields), length: items.length, nullCount: 0, children });
  return new arrow.Table(schema, [new arrow.RecordBatch(schema, struct)]);
}

/** UTF-8, one text after the other, and where each begins and the last ends: shape `[n + 1]`. */
function textColumn(texts: readonly (string | null)[], type: Utf8): Data {
  // A UTF-16 unit takes at most three bytes.
  const bytes = Buffer.allocUnsafe(texts.reduce((sum, text) => sum + 3 * (text?.length ?? 0), 0));
  const valueOffsets = new Int32Array(texts.length + 1);
  let end = 0;
  texts.forEach((text, i) => {
    if (text) end += bytes.write(text, end);
    valueOffsets[i + 1] = end;
  });
  return arrow.makeData({ type, length: texts.length, ...nullsOf(texts), valueOffsets, data: bytes.subarray(0, end) });
}

/** Float32 of shape `[n, dimension]`, zeros where there is no embedding. */
function embeddingColumn(embeddings: readonly (Embedding | null)[], type: FixedSizeList, dimension: number): Data {
  const values = new Float32Array(embeddings.length * dimension);
  embeddings.forEach((embedding, i) => {
    if (embedding) values.set(embedding, i * dimension);
  });
  const child = arrow.makeData({ type: new arrow.Float32(), length: values.length, nullCount: 0, data: values });
  return arrow.makeData({ type, length: embeddings.length, ...nullsOf(embeddings), child });
}

/** How many values are missing, and a bitmap that says which are there. */
function nullsOf(values: readonly unknown[]): { nullCount: number; nullBitmap: Uint8Array } {
  const nullBitmap = new Uint8Array(Math.ceil(values.length / 8));
  let nullCount = 0;
  values.forEach((value, i) => {
    if (value === null) nullCount++;
    else nullBitmap[i >> 3] = (nullBitmap[i >> 3] as number) | (1 << (i & 7));
  });
  return { nullCount, nullBitmap };
}
