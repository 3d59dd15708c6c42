import type { Client } from "@opensearch-project/opensearch";
import { bulkhead } from "cockatiel";
import { LikenessError } from "../../domain/errors.js";
import type { Outcome } from "../../domain/ports.js";
import { GaveUp, isTransient, isTransientStatus, PartlyFailed, patiently, RefusedByServer } from "./retry.js";

/** Requests under way at a time: a node indexes several at once, and refuses more than its queue holds. */
const CONCURRENCY = 4;
/** A request ends before either; the server's own limit is 100 MB, and small requests fail small. */
const MAX_ITEMS = 500;
const MAX_BYTES = 8 * 1024 * 1024;

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
}

/**
 * Writes items by `_bulk`, with an outcome each. An item that is refused in passing is sent again alone, with pauses, while
 * the others are done. Items carry their id, so one whose answer was lost is written again over itself, never twice.
 */
export class BulkWriter {
  private readonly slots = bulkhead(CONCURRENCY, Number.POSITIVE_INFINITY);
  private readonly patiently: ReturnType<typeof patiently>;
  /** By id, ends when the last write of it that was asked for has ended: an older write tried again must not undo a newer. */
  private readonly lastWrites = new Map<string, Promise<unknown>>();

  constructor(
    private readonly client: Client,
    limits: { readonly limitMs: number },
  ) {
    this.patiently = patiently({ attempts: 12, limitMs: limits.limitMs });
  }

  /** `index`: where to; an alias unless `intoIndex`, so that a missing alias is an error and not a new index. */
  async write(index: string, items: readonly BulkItem[], { intoIndex = false } = {}): Promise<Outcome<BulkResult>[]> {
    const outcomes: Outcome<BulkResult>[] = new Array(items.length);
    const pending = items.map((item, position) => ({ item, position, lines: toLines(item) }));
    const before = [...new Set(items.map(({ id }) => this.lastWrites.get(id)))];
    const written = Promise.all(before).then(() =>
      Promise.all(inRequests(pending).map((request) => this.slots.execute(() => this.send(index, request, outcomes, intoIndex)))),
    );
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
    await this.patiently(attempt).catch((error: unknown) => {
      for (const { position } of pending) {
        if (error instanceof PartlyFailed) continue;
        const why = error instanceof GaveUp || isTransient(error) ? "the server did not answer" : "the server refused the request";
        outcomes[position] = new LikenessError("INDEX_UNAVAILABLE", `The product could not be written: ${why}. Try again.`, {
          cause: error,
        });
      }
    });
  }
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
  if (isTransientStatus(status) || error?.type === "cluster_block_exception") {
    return new Refused(true, `The index could not take product ${JSON.stringify(item.id)} now (${reason}). Try again.`);
  }
  if (status === 400) {
    const message = `The index refused product ${JSON.stringify(item.id)} (${reason}).`;
    return new LikenessError("BAD_USER_INPUT", message, { cause: new RefusedByServer(reason) });
  }
  return new Refused(false, `The index refused product ${JSON.stringify(item.id)} (${reason}).`);
}

function toLines({ id, action, document }: BulkItem): string[] {
  const head = JSON.stringify({ [action]: { _id: id } });
  return action === "delete" ? [head] : [head, JSON.stringify(document)];
}

function inRequests(pending: readonly Pending[]): Pending[][] {
  const requests: Pending[][] = [];
  let bytes = 0;
  for (const each of pending) {
    const size = each.lines.reduce((sum, line) => sum + line.length, 0);
    const last = requests.at(-1);
    if (!last || last.length >= MAX_ITEMS || bytes + size > MAX_BYTES) {
      requests.push([each]);
      bytes = size;
    } else {
      last.push(each);
      bytes += size;
    }
  }
  return requests;
}
