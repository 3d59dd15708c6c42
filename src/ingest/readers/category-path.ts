/** `A > B > C` as the path `A/B/C`; a `/` inside a name would start a level of its own, so it becomes `-`. */
export function categoryPath(text: string, separator = ">"): string {
  return text
    .split(separator)
    .map((name) => name.trim().replace(/\s*\/\s*/g, "-"))
    .filter(Boolean)
    .join("/");
}
