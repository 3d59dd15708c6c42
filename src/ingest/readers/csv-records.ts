import { CsvError } from "csv-parse";
import { parse } from "csv-parse/sync";
import { badInput, type LikenessError } from "../../domain/errors.js";
import { splitLines, type TextLine, type WrongLine } from "./lines.js";

/** How many lines a quoted value may span before its opening quote is taken for a mistake. */
const MAX_RECORD_LINES = 1000;
const MAX_RECORD_CHARS = 1024 * 1024;
/** Before the header: it tells Excel the delimiter, whatever the country is set to. */
const SEPARATOR_LINE = /^"?sep=(.)"?\s*$/i;
/** Before the header of Meta's templates: what each column is for, in the shop's language, such as `# Required | A unique content ID…`. */
const COMMENT_LINE = /^"?# [^|]{1,40} \| /;

/** A row of cells with the number of its first line, or why it is none. */
export type CsvRecord = { readonly line: number; readonly cells: string[] } | WrongLine;

/**
 * Splits CSV into rows, all as wide as the first. A quote that is never closed would swallow every row after it, so a
 * row that does not come out right costs its first line only: reading goes on at the next line.
 */
export async function* readRecords(chunks: AsyncIterable<Uint8Array>, delimiter?: string): AsyncGenerator<CsvRecord> {
  const lines = splitLines(chunks);
  const ahead: TextLine[] = [];
  const peek = async (i: number): Promise<TextLine | undefined> => {
    while (ahead.length <= i) {
      const next = await lines.next();
      if (next.done) return undefined;
      ahead.push(next.value);
    }
    return ahead[i];
  };
  let width: number | null = null;
  for (let first = await peek(0); first; first = await peek(0)) {
    if ("error" in first || first.text.trim() === "") {
      ahead.shift();
      if ("error" in first) yield first;
      continue;
    }
    const named = width === null ? SEPARATOR_LINE.exec(first.text)?.[1] : undefined;
    if (named !== undefined) {
      delimiter ??= named;
      ahead.shift();
      continue;
    }
    if (width === null && COMMENT_LINE.test(first.text)) {
      ahead.shift();
      continue;
    }
    delimiter ??= guessDelimiter(first.text);
    const { used, result } = await readRecord(peek, first.text, delimiter, width);
    ahead.splice(0, used);
    if (result instanceof Error) yield { line: first.line, error: result };
    else {
      width ??= result.length;
      yield { line: first.line, cells: result };
    }
  }
}

/** Takes lines from the front until they make one row; `used` says how many, always at least one. */
async function readRecord(
  peek: (i: number) => Promise<TextLine | undefined>,
  first: string,
  delimiter: string,
  width: number | null,
): Promise<{ used: number; result: string[] | LikenessError }> {
  let text = first;
  let outcome = parseRow(text, delimiter, width, true);
  for (let used = 1; outcome === "open" && used < MAX_RECORD_LINES && text.length < MAX_RECORD_CHARS; used++) {
    const next = await peek(used);
    if (!next || "error" in next) break;
    text += `\n${next.text}`;
    // Parsing again for each line would make long values cost their square.
    if (!mayClose(next.text)) continue;
    outcome = parseRow(text, delimiter, width, false);
    if (Array.isArray(outcome)) return { used: used + 1, result: outcome };
  }
  if (outcome === "open") return { used: 1, result: badInput("A quote is opened and never closed. Write a quote inside a value twice.") };
  return { used: 1, result: outcome };
}

/** Whether a line may close a quote that is open before it: those inside a value, and round others, come in pairs. */
function mayClose(line: string): boolean {
  let isOdd = false;
  for (let at = line.indexOf('"'); at !== -1; at = line.indexOf('"', at + 1)) isOdd = !isOdd;
  return isOdd;
}

function parseRow(text: string, delimiter: string, width: number | null, lenient: boolean): string[] | LikenessError | "open" {
  const settings = { delimiter, trim: true, relax_column_count: true, record_delimiter: "\n" };
  let rows: string[][];
  try {
    // Without a quote there is nothing to parse, and the parser, called for each row, takes 30 times as long as a split.
    rows = text.includes('"') ? parse(text, settings) : [text.split(delimiter).map(trim)];
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    if (error.code === "CSV_QUOTE_NOT_CLOSED") return "open";
    // `5" pipe` is a quote in the middle of a bare value: common, and clear as long as the row stays on one line.
    const relaxed = lenient ? tryRelaxed(text, settings) : null;
    if (relaxed === null) return badInput(`The row is not CSV: ${error.message.replace(/ at line \d+/, "")}`);
    rows = relaxed;
  }
  const cells = rows[0] ?? [];
  // Delimiters at the end of a row say nothing that the header could be missing.
  while (width !== null && cells.length > width && cells.at(-1) === "") cells.pop();
  if (rows.length !== 1 || (width !== null && cells.length !== width)) {
    return badInput(`The row has ${cells.length} values; the header has ${width ?? cells.length}.`);
  }
  return cells;
}

const SPACES = " \t\n\r\f";

/** Trims what the parser trims: no letters of other scripts' spacing. By no pattern: one for the end would be tried at each space of the cell. */
function trim(cell: string): string {
  let start = 0;
  let end = cell.length;
  while (start < end && SPACES.includes(cell[start] as string)) start++;
  while (start < end && SPACES.includes(cell[end - 1] as string)) end--;
  return cell.slice(start, end);
}

/** Many write TSV without quoting at all: there a quote is a letter like any other. */
function tryRelaxed(text: string, settings: { delimiter: string }): string[][] | null {
  try {
    return parse(text, { ...settings, relax_quotes: true });
  } catch {
    return settings.delimiter === "\t" ? parse(text, { ...settings, quote: false }) : null;
  }
}

/** A tab where there is one, else `,`, `;` or `|`, whichever is there most often; inside quotes they are parts of names. */
function guessDelimiter(header: string): string {
  const bare = header.replace(/(^|[\t;,|])[^\S\t]*"(?:[^"]|"")*(?:"|$)/g, "$1");
  if (bare.includes("\t")) return "\t";
  return [",", ";", "|"].reduce((best, each) => (bare.split(each).length > bare.split(best).length ? each : best));
}
