/** Where a prompt holds the text. */
export const TEXT_SLOT = "{text}";

/**
 * Characters of a text that are sent. No CLIP-family model reads more than 512 tokens, and no token is longer than 64
 * characters on average; a megabyte of text would only cost a payload's limit.
 */
const MAX_CHARACTERS = 512 * 64;

/**
 * What the endpoint is asked to encode for a text: the prompt with the text in its place. Half a surrogate pair becomes U+FFFD, as it
 * does where a text is hashed or tokenized: Python reads one from JSON, and fails where it makes it UTF-8.
 */
export function toInput(prompt: string, text: string): string {
  return prompt.split(TEXT_SLOT).join(startOf(text, MAX_CHARACTERS).toWellFormed());
}

/** The body of a call for texts. */
export function textBody(inputs: readonly string[]): Uint8Array {
  return Buffer.from(JSON.stringify({ inputs }));
}

/** Bytes of an input within the JSON list, its comma included. */
export function inputBytes(input: string): number {
  return Buffer.byteLength(JSON.stringify(input)) + 1;
}

/** At most so many characters. Never ends between the halves of a surrogate pair: half a character is not valid in UTF-8. */
export function startOf(text: string, length: number): string {
  if (text.length <= length) return text;
  const last = text.charCodeAt(length - 1);
  const splitsPair = last >= 0xd800 && last <= 0xdbff;
  return text.slice(0, splitsPair ? length - 1 : length);
}
