/**
 * What one query found: `found[i]` says whether the hit of rank i + 1 is relevant; `relevantCount` is how many relevant
 * products the catalogue has, found or not, at least 1.
 *
 * Precision, recall and average precision: Manning, Raghavan and Schütze, "Introduction to Information Retrieval", 2008,
 * chapter 8. Each is divided by the best that k hits allow, so that a perfect ranking has 1 even where fewer than k
 * products are relevant.
 */
export interface Ranking {
  readonly found: readonly boolean[];
  readonly relevantCount: number;
}

/** The relevant ones among the first k, divided by min(k, relevantCount). */
export function precisionAt(k: number, { found, relevantCount }: Ranking): number {
  return countTrue(found.slice(0, k)) / Math.min(k, relevantCount);
}

/** The share of all relevant products that are among the first k. */
export function recallAt(k: number, { found, relevantCount }: Ranking): number {
  return countTrue(found.slice(0, k)) / relevantCount;
}

/** The mean of the precision at each relevant hit among the first k; a relevant product that is not there counts 0. */
export function averagePrecisionAt(k: number, { found, relevantCount }: Ranking): number {
  let hits = 0;
  let sum = 0;
  found.slice(0, k).forEach((relevant, i) => {
    if (relevant) sum += ++hits / (i + 1);
  });
  return sum / Math.min(k, relevantCount);
}

/**
 * Normalised discounted cumulative gain of a relevance of 0 or 1, discount log2(rank + 1): Järvelin and Kekäläinen,
 * "Cumulated gain-based evaluation of IR techniques", ACM TOIS 20(4), 2002 (with the discount from rank 1 on that became usual).
 */
export function ndcgAt(k: number, { found, relevantCount }: Ranking): number {
  let gain = 0;
  let ideal = 0;
  for (let i = 0; i < k; i++) {
    const discounted = 1 / Math.log2(i + 2);
    if (found[i]) gain += discounted;
    if (i < relevantCount) ideal += discounted;
  }
  return gain / ideal;
}

/** The mean over queries; null where there are none. */
export function mean(values: readonly number[]): number | null {
  return values.length > 0 ? values.reduce((sum, value) => sum + value, 0) / values.length : null;
}

/** The value that a share `q` of the values does not exceed (nearest rank); null where there are none. */
export function quantile(q: number, values: readonly number[]): number | null {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)] ?? null;
}

function countTrue(values: readonly boolean[]): number {
  return values.filter(Boolean).length;
}
