/** `color=Red,size=M` as pairs. A comma that no `name=` follows belongs to the value before it; quotes round a value are dropped. */
export function splitPairs(text: string): [string, string][] {
  return text.split(/,(?="?[a-z][a-z0-9_]*"?=)/i).flatMap((pair) => {
    const at = pair.indexOf("=");
    const [name, value] = [pair.slice(0, at), pair.slice(at + 1)].map((part) =>
      part
        .trim()
        .replace(/^"([\s\S]*)"$/, "$1")
        .replaceAll('""', '"'),
    );
    return at > 0 && name && value ? [[name, value] as [string, string]] : [];
  });
}
