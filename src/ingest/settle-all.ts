import type { Outcome } from "../domain/ports.js";

/** How many items are worked on at a time: enough to fill a batch of the encoder, few enough to bound the open files and downloads. */
const CONCURRENCY = 64;

/**
 * One outcome for each item, in their order: what `work` makes of it or throws. Work that is done at once gives no promise: with
 * ready embeddings an import has thousands of products a second, and promises for each were a good part of its time.
 */
export async function settleAll<A, B>(items: readonly A[], work: (item: A, index: number) => B | Promise<B>): Promise<Outcome<B>[]> {
  const outcomes: Outcome<B>[] = new Array(items.length);
  let next = 0;
  const worker = async () => {
    while (next < items.length) {
      const index = next++;
      try {
        const made = work(items[index] as A, index);
        outcomes[index] = made instanceof Promise ? await made : made;
      } catch (error) {
        outcomes[index] = error instanceof Error ? error : new Error(String(error));
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(CONCURRENCY, items.length) }, worker));
  return outcomes;
}
