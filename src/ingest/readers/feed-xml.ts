import { SaxesParser } from "saxes";
import { badInput, type LikenessError } from "../../domain/errors.js";
import type { FeedItem } from "./feed-items.js";
import type { GoogleAttributes } from "./google-product.js";

/** Atom's names for what RSS and Google call otherwise (RFC 4287). */
const ATOM: Readonly<Record<string, string>> = { summary: "description", content: "description" };

const DETAIL = ["g:section_name", "g:attribute_name", "g:attribute_value"];

/**
 * The children of one item: Google's own (`g:price`), and the feed's (`title`, `link`, `description`) where there is no
 * `g:` of that name. `g:product_detail`, which has children of its own, comes in the
 * form that a text feed gives it; other children of children are passed over.
 */
export function parseFeedItem(item: Extract<FeedItem, { xml: string }>): GoogleAttributes | LikenessError {
  if (item.xml.includes("\uFFFD")) return badInput("The item is not UTF-8, though the feed is. Save the feed as UTF-8.");
  const google = new Map<string, string[]>();
  const feed = new Map<string, string[]>();
  const path: string[] = [];
  let detail = ["", "", ""];
  let text = "";
  let wrong: LikenessError | null = null;
  const add = (name: string, value: string): void => {
    const [to, key] = name.startsWith("g:") ? [google, name.slice(2)] : [feed, ATOM[name] ?? name];
    if (value.trim()) to.set(key, [...(to.get(key) ?? []), value.trim()]);
  };
  const parser = new SaxesParser({ position: true, xmlns: false });
  parser.on("error", ({ message }) => {
    const line = item.line + parser.line - 1;
    const column = (parser.line === 1 ? item.column - 1 : 0) + parser.column;
    wrong ??= badInput(`Line ${line}, column ${column}: the item is not XML: ${message.replace(/^\d+:\d+:\s*/, "")}`);
  });
  parser.on("opentag", ({ name, attributes }) => {
    path.push(name);
    text = "";
    if (path.length === 2) detail = ["", "", ""];
    if (path.length === 2 && name === "link" && attributes["href"] && isPage(attributes["rel"])) add("link", attributes["href"]);
  });
  parser.on("text", (piece) => {
    text += piece;
  });
  parser.on("cdata", (piece) => {
    text += piece;
  });
  parser.on("closetag", ({ name }) => {
    if (path.length === 2) add(name, name === "g:product_detail" ? detail.join(":") : text);
    else if (path.length === 3 && DETAIL.includes(name)) detail[DETAIL.indexOf(name)] = text.trim();
    path.pop();
    text = "";
  });
  parser.write(item.xml).close();
  return wrong ?? new Map([...feed, ...google]);
}

/** An Atom entry may link to itself, to edits and to enclosures too. */
function isPage(rel: string | undefined): boolean {
  return rel === undefined || rel === "alternate";
}
