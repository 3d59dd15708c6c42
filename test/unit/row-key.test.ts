import { Uint64, vectorFromArray } from "apache-arrow";
import fc from "fast-check";
import { expect, it } from "vitest";
import { rowId, rowKey, rowKeys } from "../../src/indexes/lancedb/row-key.js";

it("a row has one key of its own, however many fragments there are, and is found again by it", () => {
  const fragments = fc.bigInt(0n, 0xffff_ffffn);
  const offsets = fc.bigInt(0n, 2n ** 21n - 1n);
  fc.assert(
    fc.property(fc.uniqueArray(fc.tuple(fragments, offsets).map(([fragment, offset]) => (fragment << 32n) | offset)), (ids) => {
      const keys = ids.map(rowKey);
      expect(new Set(keys).size).toBe(ids.length);
      expect(keys.every(Number.isSafeInteger)).toBe(true);
      expect(keys.map(rowId)).toEqual(ids);
      expect(rowKeys(vectorFromArray(ids, new Uint64()))).toEqual(keys);
      expect(rowKeys(vectorFromArray(ids, new Uint64()).slice(1))).toEqual(keys.slice(1));
    }),
  );
  expect(rowKeys(null)).toEqual([]);
});
