/** `A > B > C` as the path `A/B/C`; a `/` inside a name would start a level of its own, so it becomes `-`. */
export function categoryPath(text: string): string {
  return text
    .split(">")
    .map((name) => withoutSlashes(name, "/"))
    .filter(Boolean)
    .join("/");
}

/** A name with a hyphen for each `slash` in it and the spaces around that. */
export function withoutSlashes(name: string, slash: string): string {
  return name
    .split(slash)
    .map((part) => part.trim())
    .join("-");
}
