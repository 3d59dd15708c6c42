/** NaN for a text that is no number. A blank one is none either, though `Number` makes it 0: it is a variable that a script left unset. */
export function readNumber(text: string): number {
  return text.trim() === "" ? Number.NaN : Number(text);
}
