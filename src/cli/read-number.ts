import { InvalidArgumentError } from "commander";

/** NaN for a text that is no number. A blank one is none either, though `Number` makes it 0: it is a variable that a script left unset. */
export function readNumber(text: string): number {
  return text.trim() === "" ? Number.NaN : Number(text);
}

/** A parser for commander of a whole number from `least`, 1 unless said, to `max`; `because` says why, where that is not plain. */
export function wholeNumber(max: number, { least = 1, because = "" } = {}): (text: string) => number {
  return (text) => {
    const value = readNumber(text);
    if (Number.isInteger(value) && value >= least && value <= max) return value;
    throw new InvalidArgumentError(`It must be a whole number from ${least} to ${max}${because && `: ${because}`}.`);
  };
}
