/** Up to so many, the greatest are found by keeping them in order; else by sorting all. */
const FEW = 64;

export interface ScoredRow {
  readonly row: number;
  readonly score: number;
}

/** The best `k` of rows by their scores, and those equal to the last of them, best first. */
export function bestOf(rows: readonly number[], scores: Float64Array, k: number): ScoredRow[] {
  const least = kthGreatest(scores, k);
  const best: ScoredRow[] = [];
  for (let i = 0; i < rows.length; i++) {
    const score = scores[i] as number;
    if (score >= least) best.push({ row: rows[i] as number, score });
  }
  return best.sort((a, b) => b.score - a.score);
}

/** The k-th greatest of numbers; minus infinity where there are fewer. */
export function kthGreatest(numbers: Float32Array | Float64Array, k: number): number {
  if (numbers.length < k) return Number.NEGATIVE_INFINITY;
  if (k > FEW) return numbers.slice().sort().at(-k) as number;
  // In ascending order.
  const greatest = new Float64Array(k).fill(Number.NEGATIVE_INFINITY);
  for (let i = 0; i < numbers.length; i++) {
    const number = numbers[i] as number;
    if (number <= (greatest[0] as number)) continue;
    let at = 0;
    for (; at + 1 < k && (greatest[at + 1] as number) < number; at++) greatest[at] = greatest[at + 1] as number;
    greatest[at] = number;
  }
  return greatest[0] as number;
}
