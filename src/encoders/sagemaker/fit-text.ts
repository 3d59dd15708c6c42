import { startOf, TEXT_SLOT, toInput } from "./text-input.js";

/**
 * What CLIP reads: 77 tokens, of which two are start and end. OpenAI's own `clip.tokenize`, which the container of the AWS sample
 * calls, does not cut a longer text but fails (https://github.com/openai/CLIP/blob/main/clip/clip.py).
 */
const MAX_TOKENS = 75;

/**
 * The estimate may fill so many of them. So cut, none of 381 English descriptions (groceries, software packages) had more than 75
 * tokens, and of 29 of other goods in 18 languages one, a list of chemicals. The English ones kept three quarters of what would have
 * fitted, the others a quarter (Hindi) to nine tenths (Polish).
 */
const MAX_ESTIMATED = 70;

/** Words, digits and signs, as CLIP's tokenizer takes a text apart before it looks for tokens in each (`clip/simple_tokenizer.py`). */
const PARTS = /[A-Za-z]+|[0-9]|[!-/:-@[-`{-~]+|\S/gu;

const BEYOND_ASCII = /[^\p{ASCII}]/u;
const LETTER_BEYOND_ASCII = /(?=\p{L})[^\p{ASCII}]/u;

/**
 * As much of a text as nearly always fits, for a container that may not cut it itself. It depends on prompt and text alone: a text
 * has one embedding, whatever it is sent with.
 */
export function fitText(prompt: string, text: string): string {
  // CLIP's vocabulary has most English words whole, and of those of other languages, which their letters tell, pieces.
  const lettersPerToken = LETTER_BEYOND_ASCII.test(text) ? 3 : 5;
  const around = prompt.split(TEXT_SLOT);
  const ofPrompt = [...around.join(" ").matchAll(PARTS)].reduce((sum, [part]) => sum + tokensOf(part, lettersPerToken), 0);
  let left = (MAX_ESTIMATED - ofPrompt) / (around.length - 1);
  for (const { 0: part, index } of text.matchAll(PARTS)) {
    left -= tokensOf(part, lettersPerToken);
    // Its first word stays in any case: to a long prompt, all texts would be the same.
    if (left < 0 && index > 0) return firstWords(text, index);
  }
  return text;
}

/** Half of a text that the model failed on; null where that cannot be for its length, for a token has a byte or more. */
export function halfOf(prompt: string, text: string): string | null {
  const half = firstWords(text, Math.floor(text.length / 2));
  return half === "" || Buffer.byteLength(toInput(prompt, text)) <= MAX_TOKENS ? null : half;
}

function tokensOf(part: string, lettersPerToken: number): number {
  return BEYOND_ASCII.test(part) ? Buffer.byteLength(part) : Math.ceil(part.length / lettersPerToken);
}

/** At most so many characters, to a word's end where there is one in their second half: some scripts have no spaces. */
function firstWords(text: string, length: number): string {
  const start = startOf(text, length);
  const space = start.search(/\s\S*$/);
  return (space > length / 2 ? start.slice(0, space) : start).trimEnd();
}
