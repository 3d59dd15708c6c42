export interface BatchLimits {
  readonly maxItems: number;
  readonly maxBytes: number;
}

/**
 * Cuts items, in order, into as few batches as the limits allow by filling each in turn. An item that alone is over
 * `maxBytes` has a batch of its own.
 */
export function splitBatches<T>(items: readonly T[], sizeOf: (item: T) => number, { maxItems, maxBytes }: BatchLimits): T[][] {
  const batches: T[][] = [];
  let current: T[] = [];
  let bytes = 0;
  for (const item of items) {
    const size = sizeOf(item);
    if (current.length > 0 && (current.length >= maxItems || bytes + size > maxBytes)) {
      batches.push(current);
      current = [];
      bytes = 0;
    }
    current.push(item);
    bytes += size;
  }
  if (current.length > 0) batches.push(current);
  return batches;
}
