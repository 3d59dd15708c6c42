import { asError } from "../domain/errors.js";
import type { Outcome } from "../domain/ports.js";

/** How many items are worked on at a time: enough to fill a batch of the encoder, few enough to bound the open files and downloads. */
const CONCURRENCY = 64;

/**
 * One outcome for each item, in their order: what `work` makes of it or throws. Only promises are awaited: an import has thousands of
 * products with ready embeddings a second, for which `work` has nothing to wait for.
 */
export async function settleAll<A, B>(items: readonly A[], work: (item: A) => B | Promise<B>): Promise<Outcome<B>[]> {
  const outcomes: Outcome<B>[] = new Array(items.length);
  let next = 0;
  const worker = async () => {
    while (next < items.length) {
      const index = next++;
      try {
        const made = work(items[index] as A);
        outcomes[index] = made instanceof Promise ? await made : made;
      } catch (error) {
        outcomes[index] = asError(error);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(CONCURRENCY, items.length) }, worker));
  return outcomes;
}
