import type { Client } from "@opensearch-project/opensearch";
import { bulkhead } from "cockatiel";
import { LikenessError } from "../../domain/errors.js";
import type { Outcome } from "../../domain/ports.js";
import { splitBatches } from "../../domain/split-batches.js";
import {
  GaveUp,
  isBlock,
  isDenied,
  isPartial,
  isTooLarge,
  isTransient,
  isTransientStatus,
  PartlyFailed,
  type Patience,
  patiently,
  RefusedByServer,
} from "./retry.js";
import { whyBlocked, whyDenied } from "./unavailable.js";

/** Requests under way at a time: a node indexes several at once, and refuses more than its queue holds. */
const CONCURRENCY = 4;
/**
 * What one request holds at most, unless an item alone is larger. A server takes 100 MB, but the smallest instances of Amazon
 * take 10 MiB (AWS, "Amazon OpenSearch Service quotas", Network quotas), and small requests fail small.
 */
const REQUEST_LIMITS = { maxItems: 500, maxBytes: 8 * 1024 * 1024 };

/** One line or two of a `_bulk`. */
export interface BulkItem {
  readonly id: string;
  readonly action: "index" | "delete";
  readonly document?: unknown;
}

export type BulkResult = "created" | "updated" | "deleted" | "not_found";

interface Answer {
  readonly status: number;
  readonly result?: BulkResult;
  readonly error?: { readonly type: string; readonly reason: string };
}

/** An item that waits to be written; `lines` are made once, however often they are sent. */
interface Pending {
  readonly item: BulkItem;
  readonly position: number;
  readonly lines: readonly string[];
  /** Of the lines as they are sent. */
  readonly bytes: number;
}

/**
 * Writes items by `_bulk`, with an outcome each. An item that is refused in passing is sent again alone, with pauses, while
 * the others are done. Items carry their id, so one whose answer was lost is written again over itself, never twice.
 */
export class BulkWriter {
  private readonly slots = bulkhead(CONCURRENCY, Number.POSITIVE_INFINITY);
  private readonly patiently: Patience;
  /** By id, ends when the last write of it that was asked for has ended: an older write tried again must not undo a newer. */
  private readonly lastWrites = new Map<string, Promise<unknown>>();

  constructor(
    private readonly client: Client,
    limits: { readonly limitMs: number },
  ) {
    this.patiently = patiently(limits);
  }

  /** `index`: where to; an alias unless `intoIndex`, so that a missing alias is an error and not a new index. */
  async write(index: string, items: readonly BulkItem[], { intoIndex = false } = {}): Promise<Outcome<BulkResult>[]> {
    const outcomes: Outcome<BulkResult>[] = new Array(items.length);
    const requests = splitBatches(items.map(toPending), ({ bytes }) => bytes, REQUEST_LIMITS);
    const before = [...new Set(items.map(({ id }) => this.lastWrites.get(id)))];
    const written = Promise.all(before).then(() => Promise.all(requests.map((request) => this.send(index, request, outcomes, intoIndex))));
    for (const { id } of items) this.lastWrites.set(id, written);
    try {
      await written;
    } finally {
      for (const { id } of items) if (this.lastWrites.get(id) === written) this.lastWrites.delete(id);
    }
    return outcomes;
  }

  /** Never throws: an item that could not be written has its error as its outcome. */
  private async send(index: string, request: readonly Pending[], outcomes: Outcome<BulkResult>[], intoIndex: boolean): Promise<void> {
    let pending = request;
    const attempt = async () => {
      const body = pending.flatMap(({ lines }) => lines);
      const { body: answer } = await this.client.bulk({ index, body: body as never, ...(intoIndex ? {} : { require_alias: true }) });
      const answers = (answer as unknown as { items: readonly Record<string, Answer>[] }).items.map((each) => Object.values(each)[0]);
      pending = pending.filter(({ item, position }, i) => {
        const outcome = outcomeOf(item, answers[i] as Answer);
        outcomes[position] = outcome;
        return outcome instanceof Refused && outcome.passing;
      });
      if (pending.length > 0) throw new PartlyFailed(`${pending.length} items were refused`);
    };
    // A slot is held by a request, not in the pauses between, so that the time limit ends the wait for one too.
    await this.patiently((ended) => this.slots.execute(attempt, ended)).catch((error: unknown) => {
      // Then the outcome of each is the server's own word.
      if (isPartial(error)) return;
      const message = `The product could not be written: ${whyNot(error, pending)}`;
      for (const { position } of pending) outcomes[position] = new LikenessError("INDEX_UNAVAILABLE", message, { cause: error });
    });
  }
}

function whyNot(error: unknown, pending: readonly Pending[]): string {
  const blocked = whyBlocked(error);
  if (blocked) return `${blocked}.`;
  if (error instanceof GaveUp || isTransient(error)) return "the server did not answer. Try again.";
  if (isDenied(error)) return `${whyDenied(error)}.`;
  if (!isTooLarge(error)) return "the server refused the request. Try again.";
  const bytes = pending.reduce((sum, each) => sum + each.bytes, 0);
  const { maxBytes } = REQUEST_LIMITS;
  const cure =
    bytes > maxBytes
      ? "shorten the product"
      : `let the server (http.max_content_length), and what stands before it, take requests of ${maxBytes} bytes`;
  return `a request of ${bytes} bytes is too large for the server: ${cure}.`;
}

/** An item that the server refused while it could not take it. */
class Refused extends LikenessError {
  constructor(
    readonly passing: boolean,
    message: string,
  ) {
    super("INDEX_UNAVAILABLE", message);
  }
}

function outcomeOf(item: BulkItem, { status, result, error }: Answer): Outcome<BulkResult> {
  if (result && (status < 300 || status === 404)) return result;
  const reason = `${error?.type ?? status}: ${error?.reason ?? "no reason given"}`;
  // A write block means that a rebuilt index is about to take over: the alias soon leads to one that can be written.
  if (isTransientStatus(status) || isBlock(error?.type)) {
    return new Refused(true, `The index could not take product ${JSON.stringify(item.id)} now (${reason}). Try again.`);
  }
  // An operator's doing, which the server answers as if the product were wrong.
  if (status === 400 && error?.type !== "index_closed_exception") {
    const message = `The index refused product ${JSON.stringify(item.id)} (${reason}).`;
    return new LikenessError("BAD_USER_INPUT", message, { cause: new RefusedByServer(reason) });
  }
  return new Refused(false, `The index refused product ${JSON.stringify(item.id)} (${reason}).`);
}

function toPending(item: BulkItem, position: number): Pending {
  const lines = toLines(item);
  // Each line ends in a line feed.
  return { item, position, lines, bytes: lines.reduce((sum, line) => sum + Buffer.byteLength(line) + 1, 0) };
}

function toLines({ id, action, document }: BulkItem): string[] {
  const head = JSON.stringify({ [action]: { _id: id } });
  return action === "delete" ? [head] : [head, JSON.stringify(document)];
}
