import { SaxesParser } from "saxes";
import { badInput, type LikenessError } from "../../../domain/errors.js";
import type { FeedItem } from "./feed-items.js";
import type { GoogleAttributes } from "./product.js";

/** Atom's names for what RSS and Google call otherwise (RFC 4287). */
const ATOM: Readonly<Record<string, string>> = { summary: "description", content: "description" };

/** Elements whose text may be marked up: Atom's XHTML (RFC 4287, 3.1.1.3 and 4.1.3.3), and HTML that an RSS feed forgot to escape. */
const MARKED_UP = /^(?:(?:g:)?(?:title|description)|summary|content)$/;

/** HTML's elements inside a sentence; every other one begins a line and ends one. */
const INLINE = new Set("a abbr b bdi bdo cite code data del dfn em font i ins kbd mark q s small span strong sub sup time tt u".split(" "));

/** What children of children tell that are asked for. */
interface Parts {
  name: string;
  value: string;
  content: string;
}

const NO_PARTS: Readonly<Parts> = { name: "", value: "", content: "" };

/** By the names of child and grandchild; all others are passed over. */
const PARTS: Readonly<Record<string, keyof Parts>> = {
  "g:product_detail g:attribute_name": "name",
  "g:product_detail g:attribute_value": "value",
  "g:structured_title g:content": "content",
  "g:structured_description g:content": "content",
};

/**
 * The children of one item: Google's own (`g:price`), and the feed's (`title`, `link`, `description`) where there is no
 * `g:` of that name; `prefix` is what the feed writes for `g`. `g:product_detail` comes in the form that a text feed gives it,
 * structured titles and descriptions by their content; of titles and descriptions all text is taken.
 */
export function parseFeedItem(item: WholeItem, prefix: string): GoogleAttributes | LikenessError {
  const google = new Map<string, string[]>();
  const feed = new Map<string, string[]>();
  const path: string[] = [];
  let parts = { ...NO_PARTS };
  let text = "";
  /** Lines of `text` are those of elements, and not the author's. */
  let marked = false;
  let wrong: LikenessError | null = null;
  const add = (name: string, value: string): void => {
    const [to, key] = name.startsWith("g:") ? [google, name.slice(2)] : [feed, ATOM[name] ?? name];
    if (!value.trim()) return;
    const before = to.get(key);
    if (before) before.push(value.trim());
    else to.set(key, [value.trim()]);
  };
  const isMarkup = (): boolean => path.length > 2 && MARKED_UP.test(path[1] as string);
  const parser = new SaxesParser({ position: true, xmlns: false });
  parser.on("error", ({ message }) => {
    wrong ??= notXml(item, parser.line, parser.column, message.replace(/^\d+:\d+:\s*/, ""));
  });
  parser.on("opentag", ({ name: written, attributes }) => {
    const name = written.startsWith(`${prefix}:`) ? `g:${written.slice(prefix.length + 1)}` : written;
    path.push(name);
    marked = isMarkup();
    text = marked ? text + lineBreak(name) : "";
    if (path.length === 2) parts = { ...NO_PARTS };
    if (path.length === 2 && name === "link" && attributes["href"] && isPage(attributes["rel"])) add("link", attributes["href"]);
  });
  parser.on("text", (piece) => {
    text += piece;
  });
  parser.on("cdata", (piece) => {
    text += piece;
  });
  parser.on("closetag", () => {
    const [, child = "", part = ""] = path;
    if (path.length === 2) add(child, wholeOf(child, parts) ?? (marked ? tidy(text) : text));
    else if (path.length === 3) {
      const kind = PARTS[`${child} ${part}`];
      if (kind) parts[kind] = text.trim();
    }
    text = isMarkup() ? text + lineBreak(path.at(-1) ?? "") : "";
    path.pop();
  });
  parser.write(item.xml).close();
  return (wrong && bareAmpersand(item)) ?? wrong ?? new Map([...feed, ...google]);
}

/** Null for an element that has no parts. A colon in the name of a detail would end it. */
function wholeOf(element: string, { name, value, content }: Readonly<Parts>): string | null {
  if (element === "g:product_detail") return `:${name.replaceAll(":", "")}:${value}`;
  return element.startsWith("g:structured_") ? content : null;
}

function lineBreak(element: string): string {
  return INLINE.has(element.replace(/^.*:/, "").toLowerCase()) ? "" : "\n";
}

/** Without the empty lines and the indentation between elements. */
function tidy(text: string): string {
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter(Boolean)
    .join("\n");
}

type WholeItem = Extract<FeedItem, { xml: string }>;

/** `line` and `column` are those inside the item, from 1 and from 0. */
function notXml(item: WholeItem, line: number, column: number, message: string): LikenessError {
  const from = line === 1 ? item.column : 1;
  return badInput(`Line ${item.line + line - 1}, column ${from + column}: the item is not XML: ${message}`);
}

/** The commonest mistake of a feed; the parser reads on to the end for it and then names another. */
function bareAmpersand(item: WholeItem): LikenessError | null {
  const text = withoutSections(item.xml);
  const at = text.search(/&(?!(?:[a-z]+|#\d+|#x[\da-f]+);)/i);
  if (at === -1) return null;
  const before = text.slice(0, at).split("\n");
  return notXml(item, before.length, (before.at(-1) ?? "").length, "a bare &; write it as &amp;.");
}

/** XML with spaces for the ampersands in CDATA sections, where they are text. */
function withoutSections(xml: string): string {
  let text = "";
  let at = 0;
  for (;;) {
    const start = xml.indexOf("<![CDATA[", at);
    const end = start === -1 ? -1 : xml.indexOf("]]>", start);
    if (end === -1) return text + xml.slice(at);
    text += xml.slice(at, start) + xml.slice(start, end).replaceAll("&", " ");
    at = end;
  }
}

/** An Atom entry may link to itself, to edits and to enclosures too. */
function isPage(rel: string | undefined): boolean {
  return rel === undefined || rel === "alternate";
}
