import type { FacetCount } from "./search.js";

/**
 * Where computed price ranges may be parted: nine round amounts in each power of ten from 0.01 to 10¹⁰. The same steps
 * everywhere, so that an index can count them before it knows its prices.
 */
export const PRICE_STEPS: readonly number[] = Array.from({ length: 12 }, (_, i) => i - 2).flatMap((power) =>
  [1, 1.5, 2, 2.5, 3, 4, 5, 6, 8].map((each) => Number(`${each}e${power}`)),
);

/** Which step an amount is in: how many of `PRICE_STEPS` are not above it. */
export function stepOf(amount: number): number {
  let [low, high] = [0, PRICE_STEPS.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((PRICE_STEPS[middle] as number) <= amount) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Joins neighbouring steps, those with the fewest products first, until there are at most `most`. */
export function mergeSteps(steps: readonly FacetCount[], most: number): FacetCount[] {
  const ranges = steps.filter(({ count }) => count > 0);
  while (ranges.length > most) {
    let least = 0;
    const together = (i: number) => (ranges[i]?.count ?? 0) + (ranges[i + 1]?.count ?? 0);
    for (let i = 1; i < ranges.length - 1; i++) if (together(i) < together(least)) least = i;
    const [a, b] = ranges.slice(least, least + 2) as [FacetCount, FacetCount];
    ranges.splice(least, 2, { value: a.value, count: a.count + b.count, min: a.min, max: b.max });
  }
  return ranges;
}
