import { asError, LikenessError } from "../domain/errors.js";
import { keptNames } from "../domain/picture.js";
import type { PictureStore, ReadableIndex } from "../domain/ports.js";
import { productPages } from "../domain/product-pages.js";

export interface PruneReport {
  /** Copies in the store, before. */
  readonly stored: number;
  /** Copies that no product refers to and that are older than the date; removed, unless it was a dry run. */
  readonly removed: number;
}

export interface PruneOptions {
  /** Copies written since stay: an ingest stores a picture before it writes the product. */
  readonly before: Date;
  readonly dryRun: boolean;
}

/**
 * Removes the copies that no product of any of the indexes has. The copies are listed before the products are: one that a
 * product gets meanwhile is new, or written again, and the store looks at its age once more before it removes it.
 * Throws PICTURES_UNAVAILABLE when the store fails.
 */
export async function pruneCopies(
  store: PictureStore,
  indexes: readonly Pick<ReadableIndex, "search">[],
  { before, dryRun }: PruneOptions,
): Promise<PruneReport> {
  const unused = new Set<string>();
  let stored = 0;
  await ofStore(async () => {
    for await (const { name, writtenAt } of store.list()) {
      stored += 1;
      if (writtenAt < before) unused.add(name);
    }
  });
  for (const index of indexes) {
    for await (const page of productPages(index)) {
      for (const { product } of page) for (const name of keptNames(product)) unused.delete(name);
    }
  }
  if (dryRun) return { stored, removed: unused.size };
  let removed = 0;
  await ofStore(async () => {
    for (const name of unused) if (await store.removeOlder(name, before)) removed += 1;
  });
  return { stored, removed };
}

async function ofStore(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (cause) {
    const cure = "see that the bucket or folder is the right one, and that this user may list, read and remove what is in it";
    throw new LikenessError("PICTURES_UNAVAILABLE", `The store of the copies failed (${asError(cause).message}): ${cure}.`, { cause });
  }
}
