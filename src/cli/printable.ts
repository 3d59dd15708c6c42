/** A text for a line of the terminal: catalogue texts come from strangers, and control characters could drive it. */
export function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, " ");
}
