/**
 * A pair ends at a comma, or pipe, that a `name=` follows; values in quotes, or several of them such as `"Gym"|"Hiking"`, hold any.
 * Which of the two a shop takes is asked when the file is imported, so the file does not tell.
 */
const PAIRS = /(?:="(?:[^"]|"")*"(?:\|"(?:[^"]|"")*")*(?=[,|]|$)|[^,|=]+|=|[,|](?!"?[a-z][a-z0-9_]*"?=))+/gi;

/** `color=Red,size=M` as pairs. A comma that no `name=` follows belongs to the value before it; quotes round values, or pairs, are dropped. */
export function splitPairs(text: string): [string, string][] {
  return (text.match(PAIRS) ?? []).flatMap((match) => {
    const pair = match.trim().replace(/^"(\w+=[\s\S]*)"$/, "$1");
    const at = pair.indexOf("=");
    const [name, value] = [pair.slice(0, at), pair.slice(at + 1)].map((part) =>
      part
        .trim()
        .replace(/^"([\s\S]*)"$/, "$1")
        .replaceAll('"|"', "|")
        .replaceAll('""', '"'),
    );
    return at > 0 && name && value ? [[name, value] as [string, string]] : [];
  });
}
