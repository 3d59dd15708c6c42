import { badInput, type LikenessError } from "../../domain/errors.js";
import { readRecords } from "./csv-records.js";
import type { WrongLine } from "./lines.js";

/** A row of a table by the names of its columns, with the number of its first line, or why it is none. */
export type TableRow = { readonly line: number; readonly row: ReadonlyMap<string, string> } | WrongLine;

export interface TableOptions {
  /** By default it is taken from the header: tab, `,`, `;` or `|`. */
  readonly delimiter?: string;
  /** What is wrong with the header, if anything: then there is no row. */
  readonly check: (header: readonly string[]) => LikenessError | null;
  /** What a column is called here; by default as in the file. */
  readonly rename?: (name: string) => string;
}

/** Reads a CSV or TSV file with a header row. Rows of delimiters alone, which Excel writes below a table, are passed over as empty lines are. */
export async function* readTable(chunks: AsyncIterable<Uint8Array>, options: TableOptions): AsyncGenerator<TableRow> {
  let header: readonly string[] | null = null;
  for await (const record of readRecords(chunks, options.delimiter)) {
    if ("error" in record) {
      yield record;
      if (header === null) return;
    } else if (header === null) {
      header = record.cells.map(options.rename ?? ((name) => name));
      const error = options.check(header) ?? checkTwice(header);
      if (error) {
        yield { line: record.line, error };
        return;
      }
    } else if (record.cells.some(Boolean)) {
      yield { line: record.line, row: new Map(header.map((name, i) => [name, record.cells[i] as string])) };
    }
  }
}

function checkTwice(header: readonly string[]): LikenessError | null {
  const seen = new Set<string>();
  const twice = header.find((name) => name !== "" && seen.size === seen.add(name).size);
  return twice === undefined ? null : badInput(`The header has the column "${twice}" twice.`);
}
