const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const LIST = 0x5b;
const OBJECT = 0x7b;
/** JSON.parse takes some 0.1 µs for a number, and ten times as long and 65 bytes or more for a list or an object. */
const BRACKET_COST = 10;

/**
 * Whether JSON, or what claims to be, costs more to parse than `most`: 1 for each value and 10 for each list or object. Its length
 * does not tell: 25 MB of brackets hold a process for some ten seconds, 25 MB of text for none. Costs a look at each byte that is in no text.
 */
export function costsMore(json: Uint8Array, most: number): boolean {
  let cost = 0;
  for (let at = 0; at < json.length && cost <= most; at++) {
    const byte = json[at];
    if (byte === COMMA) cost += 1;
    else if (byte === LIST || byte === OBJECT) cost += BRACKET_COST;
    else if (byte === QUOTE) at = endOfText(json, at + 1);
  }
  return cost > most;
}

/** The position of the quote that ends a text; past the end where none does. */
function endOfText(json: Uint8Array, start: number): number {
  for (let at = json.indexOf(QUOTE, start); at !== -1; at = json.indexOf(QUOTE, at + 1)) {
    let slashes = at;
    while (slashes > start && json[slashes - 1] === BACKSLASH) slashes--;
    if ((at - slashes) % 2 === 0) return at;
  }
  return json.length;
}
