import { compile, type HtmlToTextOptions } from "html-to-text";

/** How deep a description is read: far deeper than any page, where nobody forgets to close one element after the other. */
const MAX_DEPTH = 500;

/** How many tags are read: more than the longest description has. Where none is closed, the library takes time by the square of their number. */
const MAX_TAGS = 10_000;

/** What a browser sets apart, and the library would run together: `Width10 cmDepth5 cm`. */
const LINES = ["caption", "tr", "th", "td", "dt", "dd", "figcaption", "summary", "legend", "option"];

const OPTIONS: HtmlToTextOptions = {
  wordwrap: false,
  // Elements in elements are gone through by calls in calls, for which the stack has an end.
  limits: { maxDepth: MAX_DEPTH },
  selectors: [
    { selector: "a", options: { ignoreHref: true } },
    { selector: "img", format: "skip" },
    ...["h1", "h2", "h3", "h4", "h5", "h6"].map((selector) => ({ selector, options: { uppercase: false } })),
    ...LINES.map((selector) => ({ selector, format: "block", options: { leadingLineBreaks: 1, trailingLineBreaks: 1 } })),
  ],
};

/** Compiled once: that takes far longer than to convert a description. */
const convert = compile(OPTIONS);

/** The words of a description that may be HTML. */
export function htmlToText(html: string): string {
  return /<[a-z/!]|&#?\w+;/i.test(html) ? convert(withFewTags(html)).trim() : html.trim();
}

/** A name, or a path of names, as shops escape them though what they write into is no HTML: `Hats &amp; caps`. */
export function nameToText(name: string): string {
  return /&(?:#\d+|#x[\da-f]+|[a-z]+\d*);/i.test(name) ? convert(withFewTags(name)).trim() : name;
}

function withFewTags(html: string): string {
  let at = -1;
  for (let tags = 0; tags <= MAX_TAGS; tags++) {
    at = html.indexOf("<", at + 1);
    if (at === -1) return html;
  }
  return `${html.slice(0, at)}...`;
}
