import { on } from "node:events";
import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import { LikenessError } from "../../domain/errors.js";
import { bytesIn } from "../bytes-in.js";
import type { CatalogLine } from "./catalog-row.js";
import { readCatalog } from "./read-catalog.js";
import type { ReadRow, ReadRows, ThreadCatalog } from "./read-in-thread.js";

/** The most of one message, whichever comes first: several wait for whoever takes them. */
const ROWS = 250;
const ROWS_BYTES = 4 * 1024 * 1024;

/** Run as a thread: answers each message with the next rows of a catalogue. */
async function answer(port: MessagePort, { file, options }: ThreadCatalog): Promise<void> {
  const lines = readCatalog(file, options);
  for await (const _ of on(port, "message")) {
    const read = await nextRows(lines);
    port.postMessage(read, [read.numbers.buffer]);
    if (read.ended) break;
  }
  port.close();
}

async function nextRows(lines: AsyncIterator<CatalogLine>): Promise<ReadRows> {
  const rows: ReadRow[] = [];
  const embeddings: Float64Array[] = [];
  let bytes = 0;
  let ended = false;
  let failure: ReadRows["failure"] = null;
  try {
    while (rows.length < ROWS && bytes < ROWS_BYTES && !ended) {
      const { done, value } = await lines.next();
      if (done) ended = true;
      else if ("error" in value) rows.push({ line: value.line, failure: failureOf(value.error) });
      else {
        const { embedding } = value.draft;
        if (embedding) embeddings.push(embedding);
        bytes += bytesIn(value.draft);
        rows.push({ line: value.line, draft: { ...value.draft, embedding: embedding?.length ?? null } });
      }
    }
  } catch (error) {
    if (!(error instanceof LikenessError)) throw error;
    failure = failureOf(error);
    ended = true;
  }
  return { rows, numbers: joined(embeddings), ended, failure };
}

/** One list of the numbers of all. */
function joined(lists: readonly Float64Array[]): Float64Array<ArrayBuffer> {
  const numbers = new Float64Array(lists.reduce((sum, list) => sum + list.length, 0));
  let at = 0;
  for (const list of lists) {
    numbers.set(list, at);
    at += list.length;
  }
  return numbers;
}

function failureOf({ code, message, options }: LikenessError) {
  return { code, message, field: options.field ?? null, id: options.id ?? null };
}

if (parentPort) await answer(parentPort, workerData as ThreadCatalog);
