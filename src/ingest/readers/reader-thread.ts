import { on } from "node:events";
import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import { LikenessError } from "../../domain/errors.js";
import type { CatalogLine } from "./catalog-row.js";
import { readCatalog } from "./read-catalog.js";
import type { ReadRows, ThreadCatalog } from "./read-in-thread.js";

/** Rows in one message. */
const ROWS = 250;

/** Run as a thread: answers each message with the next rows of a catalogue. */
async function answer(port: MessagePort, { file, options }: ThreadCatalog): Promise<void> {
  const lines = readCatalog(file, options);
  for await (const _ of on(port, "message")) {
    const read = await nextRows(lines);
    port.postMessage(read, buffersOf(read));
    if (read.ended) break;
  }
  port.close();
}

async function nextRows(lines: AsyncIterator<CatalogLine>): Promise<ReadRows> {
  const rows: ReadRows["rows"][number][] = [];
  try {
    while (rows.length < ROWS) {
      const { done, value } = await lines.next();
      if (done) return { rows, ended: true, failure: null };
      rows.push("error" in value ? { line: value.line, failure: failureOf(value.error) } : value);
    }
    return { rows, ended: false, failure: null };
  } catch (error) {
    if (!(error instanceof LikenessError)) throw error;
    return { rows, ended: true, failure: failureOf(error) };
  }
}

/** The numbers of embeddings are moved to the other thread, not copied. */
function buffersOf({ rows }: ReadRows): ArrayBuffer[] {
  return rows.flatMap((row) => ("draft" in row && row.draft.embedding ? [row.draft.embedding.buffer as ArrayBuffer] : []));
}

function failureOf({ code, message, options }: LikenessError) {
  return { code, message, field: options.field ?? null };
}

if (parentPort) await answer(parentPort, workerData as ThreadCatalog);
