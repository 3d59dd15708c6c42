import { badInput } from "../../../domain/errors.js";
import type { WrongLine } from "../lines.js";

/** The XML text of one `<item>` or `<entry>` and where it begins, counted from 1; or what is wrong there. */
export type FeedItem = { readonly line: number; readonly column: number; readonly xml: string } | WrongLine;

const MAX_ITEM_CHARS = 4 * 1024 * 1024;
const TAG = String.raw`<(\/?)(?:item|entry)(?:\s[^<>]*)?>`;
const BOUNDARY = new RegExp(String.raw`<!--|<!\[CDATA\[|${TAG}`, "g");
/** By the beginning of a section that is no markup, what tells where it ends: its end, another such beginning, or the tags of items. */
const SECTIONS: Readonly<Record<string, RegExp>> = {
  "<!--": new RegExp(`-->|<!--|${TAG}`, "g"),
  "<![CDATA[": new RegExp(String.raw`\]\]>|<!\[CDATA\[|${TAG}`, "g"),
};
/** The most that may be missing of a boundary at the end of what has arrived. */
const MAX_TAG_CHARS = 4096;
/** What decoding makes of bytes that are no UTF-8. */
const REPLACEMENT = "\uFFFD";
/** Stands for a U+FFFD of the feed's own until its item is cut out. XML holds none (XML 1.0, 2.2). */
const OWN_REPLACEMENT = "\uFFFE";

/**
 * Cuts a feed (RSS `<item>`, Atom `<entry>`) into its products before any of it is parsed: an XML parser is lost for good
 * at the first mistake, and one broken product must not cost the others. Comments and CDATA sections (XML 1.0, 2.5 and 2.7)
 * are passed over: tags in them are none.
 */
export async function* readFeedItems(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<FeedItem> {
  const cutter = new FeedCutter();
  const decoder = new TextDecoder("utf-8");
  for await (const chunk of markOwn(chunks)) yield* cutter.push(decoder.decode(chunk, { stream: true }), false);
  yield* cutter.push(decoder.decode(), true);
}

/** The same bytes with an OWN_REPLACEMENT for each U+FFFD. */
async function* markOwn(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let rest = Buffer.alloc(0);
  for await (const chunk of chunks) {
    const bytes = Buffer.concat([rest, chunk]);
    for (let at = bytes.indexOf(REPLACEMENT); at !== -1; at = bytes.indexOf(REPLACEMENT, at)) bytes.write(OWN_REPLACEMENT, at);
    // It has three bytes, of which the last may be still to come.
    const whole = Math.max(0, bytes.length - 2);
    yield bytes.subarray(0, whole);
    rest = bytes.subarray(whole);
  }
  yield rest;
}

function toItem(line: number, column: number, xml: string): FeedItem {
  if (xml.includes(REPLACEMENT)) return { line, error: badInput("The item is not UTF-8, though the feed is. Save the feed as UTF-8.") };
  return { line, column, xml: xml.replaceAll(OWN_REPLACEMENT, REPLACEMENT) };
}

class FeedCutter {
  private text = "";
  /** Where `text` begins in the feed. */
  private line = 1;
  private column = 1;
  /** An item has begun at the start of `text`. */
  private inItem = false;
  private found = 0;

  *push(text: string, last: boolean): Generator<FeedItem> {
    this.text += text;
    // Past the beginning of an item that has begun before.
    let from = this.inItem ? 1 : 0;
    for (let tag = this.next(from); tag; tag = this.next(from)) {
      from = tag.index + tag[0].length;
      if (tag[0] in SECTIONS) {
        const end = this.sectionEnd(tag[0], from, last);
        if (end === null) return;
        from = end;
      } else {
        yield* tag[1] === "/" ? this.close(from) : this.open(tag.index);
        from = tag[1] === "/" ? 0 : tag[0].length;
      }
    }
    if (last) yield* this.end();
    else if (this.text.length > MAX_ITEM_CHARS) yield* this.giveUp();
    else if (!this.inItem) this.skip(Math.max(from, this.text.length - MAX_TAG_CHARS));
  }

  private next(from: number): RegExpExecArray | null {
    BOUNDARY.lastIndex = from;
    return BOUNDARY.exec(this.text);
  }

  /**
   * The position behind the section whose text begins at `from`; null where more must arrive to tell. A section that is never
   * closed must not swallow the items up to the end of the next one, so only its beginning is passed over. That it is not closed is
   * told by the beginning of the next one behind the tags of an item; of a comment inside an item also by the item's end, which no
   * comment has a reason to hold.
   */
  private sectionEnd(kind: string, from: number, last: boolean): number | null {
    const pieces = SECTIONS[kind] as RegExp;
    let begun = from;
    let crossed = false;
    pieces.lastIndex = from;
    for (let piece = pieces.exec(this.text); piece; piece = pieces.exec(this.text)) {
      if (piece[0] === kind) {
        if (crossed) return begun;
        // Never closed either, if this one is not: to look from each again would cost the square of their number.
        begun = pieces.lastIndex;
      } else if (piece[1] === undefined) return pieces.lastIndex;
      else if (kind === "<!--" && this.inItem && piece[1] === "/") return begun;
      else crossed = true;
    }
    return last || this.text.length - from >= MAX_ITEM_CHARS ? begun : null;
  }

  private *open(at: number): Generator<FeedItem> {
    if (this.inItem) yield this.wrong("The item that begins here has no end.");
    this.skip(at);
    this.inItem = true;
    this.found += 1;
  }

  private *close(end: number): Generator<FeedItem> {
    const { line, column } = this;
    const xml = this.text.slice(0, end);
    const whole = this.inItem;
    if (!whole) this.skip(end);
    yield whole ? toItem(line, column, xml) : this.wrong("An item ends here that has no beginning.");
    if (whole) this.skip(end);
    this.inItem = false;
  }

  private *end(): Generator<FeedItem> {
    if (this.inItem) yield this.wrong("The item that begins here has no end.");
    // Of the whole feed, and not of where it ends.
    else if (this.found === 0) yield { line: 1, error: badInput("The feed has no <item> and no <entry>.") };
  }

  private *giveUp(): Generator<FeedItem> {
    if (this.inItem) yield this.wrong(`The item that begins here has more than ${MAX_ITEM_CHARS} characters.`);
    this.inItem = false;
    this.skip(this.text.length - MAX_TAG_CHARS);
  }

  private wrong(message: string): FeedItem {
    return { line: this.line, error: badInput(`Column ${this.column}: ${message}`) };
  }

  private skip(chars: number): void {
    const skipped = this.text.slice(0, chars);
    const lines = skipped.split("\n");
    this.line += lines.length - 1;
    this.column = (lines.length === 1 ? this.column : 1) + (lines.at(-1) ?? "").length;
    this.text = this.text.slice(chars);
  }
}
