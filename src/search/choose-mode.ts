import type { SearchMode } from "../domain/search.js";

/** What the choice of a mode goes by. */
export interface QueryForm {
  /** Of the parts that are texts of positive weight. */
  readonly texts: readonly string[];
  /** Whether there are other parts too: pictures, products, embeddings, texts of negative weight. */
  readonly hasOthers: boolean;
  /** The name of a cut-off that is asked for: it needs cosines, which matching by words alone cannot give. Null for none. */
  readonly cutOff: string | null;
}

/** An article number or the like: one run of letters, digits and `. _ / -` with three digits or more. */
const CODE = /^(?=(?:[^\d]*\d){3})[\p{L}\d][\p{L}\d._/-]*$/u;
const QUOTED = /^"[^"]+"$/;

/**
 * The mode that AUTO stands for. Words alone: HYBRID, but LEXICAL for an article number or a text in double quotes, which
 * mean themselves and not something like them, unless there is a cut-off. Anything with a picture, product, embedding or negative
 * weight: SEMANTIC.
 */
export function chooseMode({ texts, hasOthers, cutOff }: QueryForm): Exclude<SearchMode, "AUTO"> {
  if (hasOthers || texts.length === 0) return "SEMANTIC";
  const literal = texts.every((text) => QUOTED.test(text.trim()) || CODE.test(text.trim()));
  return literal && !cutOff ? "LEXICAL" : "HYBRID";
}
