import { withoutSlashes } from "../category-path.js";

/** The root category that a row's first path begins with; empty for a row without categories. A shop of several stores has several roots. */
export function rootOf(text: string): string {
  return text.split(/[/|,]/, 1)[0] ?? "";
}

/**
 * The paths of a row without their root, which tells nothing. They are separated by `|`, or by a comma as long as a root category
 * follows: names may hold commas too. A `/` inside a name is written `\/`; it becomes `-`, as in all formats.
 */
export function categoriesOf(text: string, roots: ReadonlySet<string>): string[] {
  const paths = text.split("|").flatMap((part) => {
    const found: string[] = [];
    for (const piece of part.split(",")) {
      if (found.length === 0 || roots.has(rootOf(piece))) found.push(piece);
      else found.push(`${found.pop()},${piece}`);
    }
    return found;
  });
  return paths.map((path) => withoutSlashes(withoutRoot(path, roots), "\\/")).filter(Boolean);
}

function withoutRoot(path: string, roots: ReadonlySet<string>): string {
  if (roots.has(path)) return "";
  const root = rootOf(path);
  return roots.has(root) && path.startsWith(`${root}/`) ? path.slice(root.length + 1) : path;
}
