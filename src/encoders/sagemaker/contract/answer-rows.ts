/** What an answer holds in place of a vector where one input of many could not be encoded. */
export interface RowError {
  readonly error: { readonly code: string; readonly message: string };
}

export type Row = readonly number[] | RowError;

/** Nine significant digits give every 32-bit float back exactly, in half the characters that JSON would spend on it. */
export function toRow(embedding: Float32Array): number[] {
  return Array.from(embedding, (value) => Number(value.toPrecision(9)));
}
