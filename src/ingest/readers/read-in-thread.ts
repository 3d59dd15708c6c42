import { on } from "node:events";
import { type ErrorCode, LikenessError } from "../../domain/errors.js";
import { startThread } from "../../start-thread.js";
import type { CatalogLine } from "./catalog-row.js";
import type { CatalogOptions } from "./open-catalog.js";

/** What a thread is started with; functions cannot go there. */
export interface ThreadCatalog {
  readonly file: string;
  readonly options: Omit<CatalogOptions, "openUrl">;
}

/** A LikenessError as it goes from thread to thread. */
interface ReadFailure {
  readonly code: ErrorCode;
  readonly message: string;
  readonly field: readonly string[] | null;
}

type DraftLine = Extract<CatalogLine, { draft: unknown }>;

/** Rows in their order. `failure`: why the catalogue cannot be read on. */
export interface ReadRows {
  readonly rows: readonly (DraftLine | { readonly line: number; readonly failure: ReadFailure })[];
  readonly ended: boolean;
  readonly failure: ReadFailure | null;
}

/** Messages that are asked for ahead, so that the thread reads while rows are worked on. */
const AHEAD = 4;

/**
 * `readCatalog` in a thread of its own. Parsing a large catalogue, ready embeddings above all, takes as long as indexing it,
 * and searches would wait for it meanwhile.
 */
export async function* readCatalogInThread(file: string, options: ThreadCatalog["options"] = {}): AsyncGenerator<CatalogLine> {
  const thread = startThread("./reader-thread", import.meta.url, { file, options } satisfies ThreadCatalog);
  try {
    const answers = on(thread, "message", { close: ["exit"] });
    for (let asked = 0; asked < AHEAD; asked++) thread.postMessage(null);
    for await (const [answer] of answers) {
      const { rows, ended, failure } = answer as ReadRows;
      thread.postMessage(null);
      for (const row of rows) yield "failure" in row ? { line: row.line, error: toError(row.failure) } : row;
      if (failure) throw toError(failure);
      if (ended) return;
    }
    throw new Error(`The thread that reads ${file} ended before the file did.`);
  } finally {
    await thread.terminate();
  }
}

function toError({ code, message, field }: ReadFailure): LikenessError {
  return new LikenessError(code, message, field ? { field } : {});
}
