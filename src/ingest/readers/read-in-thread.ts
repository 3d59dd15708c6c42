import { on } from "node:events";
import { type ErrorCode, LikenessError } from "../../domain/errors.js";
import { startThread } from "../../start-thread.js";
import type { CatalogDraft, CatalogLine } from "./catalog-row.js";
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
  readonly id: string | null;
}

/** A row as it goes from thread to thread: a draft with how many numbers its embedding has, or why it is none. */
export type ReadRow =
  | { readonly line: number; readonly draft: Omit<CatalogDraft, "embedding"> & { readonly embedding: number | null } }
  | { readonly line: number; readonly failure: ReadFailure };

/** Rows in their order. */
export interface ReadRows {
  readonly rows: readonly ReadRow[];
  /** The numbers of their embeddings, one after the other: to hand over a buffer for each row takes longer than to copy them into one. */
  readonly numbers: Float64Array<ArrayBuffer>;
  readonly ended: boolean;
  /** Why the catalogue cannot be read on. */
  readonly failure: ReadFailure | null;
}

/** Messages that are asked for ahead, so that the thread reads while rows are worked on. */
const AHEAD = 4;

/**
 * `readCatalog` in a thread of its own. Parsing a large catalogue, ready embeddings above all, takes as long as indexing it,
 * and searches would wait for it meanwhile. Throws once `signal` is aborted, also where the thread is still far from its first row.
 */
export async function* readCatalogInThread(
  file: string,
  options: ThreadCatalog["options"] = {},
  signal?: AbortSignal,
): AsyncGenerator<CatalogLine> {
  const thread = startThread("./reader-thread", import.meta.url, { file, options } satisfies ThreadCatalog);
  try {
    const answers = on(thread, "message", { close: ["exit"], ...(signal && { signal }) });
    for (let asked = 0; asked < AHEAD; asked++) thread.postMessage(null);
    for await (const [answer] of answers) {
      const { rows, numbers, ended, failure } = answer as ReadRows;
      thread.postMessage(null);
      let at = 0;
      for (const row of rows) {
        if ("failure" in row) yield { line: row.line, error: toError(row.failure) };
        else {
          const { line, draft } = row;
          const start = at;
          at += draft.embedding ?? 0;
          yield { line, draft: { ...draft, embedding: draft.embedding === null ? null : numbers.subarray(start, at) } };
        }
      }
      if (failure) throw toError(failure);
      if (ended) return;
    }
    throw new Error(`The thread that reads ${file} ended before the file did.`);
  } finally {
    await thread.terminate();
  }
}

function toError({ code, message, field, id }: ReadFailure): LikenessError {
  return new LikenessError(code, message, { ...(field && { field }), ...(id !== null && { id }) });
}
