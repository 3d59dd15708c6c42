import type { Vector } from "apache-arrow";

/**
 * A row as a plain number. The engine's row id is 64 bits wide, the fragment above the offset in it (https://lance.org/format/table/),
 * and each write takes a fragment: as a number, ids would run into one another from the two millionth write on. A fragment
 * has a million rows or fewer, so its offset needs 21 bits, and with 32 for the fragment the key is exact.
 */
const OFFSETS = 2 ** 21;

/** The key of a row id. */
export function rowKey(id: bigint): number {
  return Number(id >> 32n) * OFFSETS + Number(id & 0xffff_ffffn);
}

/** The row id of a key. */
export function rowId(key: number): bigint {
  return (BigInt(Math.floor(key / OFFSETS)) << 32n) | BigInt(key % OFFSETS);
}

/** The keys of a column `_rowid`. */
export function rowKeys(column: Vector | null): number[] {
  const keys: number[] = [];
  for (const { values, length } of column?.data ?? []) {
    const { buffer, byteOffset } = values as BigUint64Array;
    // Little-endian: the offset comes first.
    const halves = new Uint32Array(buffer, byteOffset, 2 * length);
    for (let i = 0; i < halves.length; i += 2) keys.push((halves[i + 1] as number) * OFFSETS + (halves[i] as number));
  }
  return keys;
}
