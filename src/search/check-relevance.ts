import { badInput } from "../domain/errors.js";
import type { QueryCurves } from "../domain/relevance.js";
import type { ReadQuery } from "./read-query.js";

/** Throws BAD_USER_INPUT where no hit of a search by `minRelevance` could have a relevance; a degraded query is let through. */
export function checkRelevance({ image, text, degradedReasons }: ReadQuery, curves: QueryCurves | null, modelId: string): void {
  if (degradedReasons.length > 0) return;
  if ((image && curves?.image) || (text && curves?.text)) return;
  throw badInput(
    `The model ${modelId} has no calibration for this kind of query, so relevance is not known: use minSimilarity, ` +
      'or fit a calibration with "likeness evaluate --write-calibration".',
    ["minRelevance"],
  );
}
