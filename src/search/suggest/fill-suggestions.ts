import type { ProductIndex } from "../../domain/ports.js";
import { productPages } from "../../domain/product-pages.js";
import type { Suggestions } from "./suggestions.js";

/**
 * Learns the products that an index held before this process began, page by page. What is written or removed meanwhile comes
 * by another way and is newer than the page, so it stays as it is. Ends early when aborted.
 */
export async function fillSuggestions(index: ProductIndex, suggestions: Suggestions, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  try {
    for await (const page of productPages(index)) {
      for (const { product } of page) suggestions.learn(product);
      if (signal.aborted) return;
    }
  } finally {
    suggestions.endLearning();
  }
}
