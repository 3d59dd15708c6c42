import { compile, type HtmlToTextOptions } from "html-to-text";

const OPTIONS: HtmlToTextOptions = {
  wordwrap: false,
  selectors: [
    { selector: "a", options: { ignoreHref: true } },
    { selector: "img", format: "skip" },
    ...["h1", "h2", "h3", "h4", "h5", "h6"].map((selector) => ({ selector, options: { uppercase: false } })),
  ],
};

/** Compiled once: that takes far longer than to convert a description. */
const convert = compile(OPTIONS);

/** The words of a description that may be HTML. */
export function htmlToText(html: string): string {
  return /<\w|&[\w#]/.test(html) ? convert(html).trim() : html.trim();
}
