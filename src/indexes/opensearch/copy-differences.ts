import type { Client } from "@opensearch-project/opensearch";
import { compareUtf8 } from "../../domain/order.js";
import type { BulkItem, BulkWriter } from "./bulk.js";
import { documentId, type RawDocument, toDocument } from "./document.js";
import type { Target } from "./target.js";

const PAGE = 2_000;
const BATCH = 200;

/** A product of one index and which of its states that is; two states of a product never share a stamp. */
interface Entry {
  readonly id: string;
  readonly stamp: string;
}

type Sequenced = RawDocument & { readonly _seq_no?: number; readonly _primary_term?: number; readonly sort?: readonly string[] };

/**
 * Makes `to` hold the same products as `from`, telling how many were copied or removed. Both are walked by id side by side: a
 * copy carries the stamp of the state that it was made of, so one look tells whether it is still true.
 */
export async function copyDifferences(
  client: Client,
  bulk: BulkWriter,
  from: Target,
  to: Target,
  onCopied: (count: number) => void,
): Promise<void> {
  await client.indices.refresh({ index: [from.index, to.index] });
  const copies = walk(client, to.index, "copies");
  let copy = await copies.next();
  let changed: string[] = [];
  let gone: string[] = [];
  const flush = async () => {
    const count = changed.length + gone.length;
    await copyProducts(client, bulk, from, to, changed);
    await write(bulk, to.index, gone.map(removal));
    if (count > 0) onCopied(count);
    changed = [];
    gone = [];
  };
  for await (const { id, stamp } of walk(client, from.index, "originals")) {
    while (!copy.done && compareUtf8(copy.value.id, id) < 0) {
      gone.push(copy.value.id);
      copy = await copies.next();
    }
    const found = !copy.done && copy.value.id === id;
    if (!found || (copy.value as Entry).stamp !== stamp) changed.push(id);
    if (found) copy = await copies.next();
    if (changed.length + gone.length >= BATCH) await flush();
  }
  for (; !copy.done; copy = await copies.next()) gone.push(copy.value.id);
  await flush();
}

/** Every product's id and stamp, in the byte order of the ids. */
async function* walk(client: Client, index: string, kind: "originals" | "copies"): AsyncGenerator<Entry, undefined> {
  const members = kind === "originals" ? { seq_no_primary_term: true } : { docvalue_fields: ["copied_seq_no"] };
  for (let after: readonly string[] | undefined; ; ) {
    const page = { size: PAGE, sort: [{ "product.id": "asc" }], _source: false, track_total_hits: false, ...members };
    const body = { ...page, ...(after && { search_after: after }) } as never;
    // Part of an answer would look as if the products of the other shards were gone.
    const { body: found } = await client.search({ index, body, allow_partial_search_results: false });
    const hits = found.hits.hits as unknown as readonly Sequenced[];
    for (const hit of hits) {
      yield { id: hit.sort?.[0] as string, stamp: kind === "originals" ? stampOf(hit) : (hit.fields?.["copied_seq_no"]?.[0] ?? "") };
    }
    after = hits.at(-1)?.sort;
    if (hits.length < PAGE) return;
  }
}

/** The server numbers each write of a shard anew, and a product stays on its shard. */
function stampOf({ _seq_no, _primary_term }: Sequenced): string {
  return `${_primary_term}.${_seq_no}`;
}

async function copyProducts(client: Client, bulk: BulkWriter, from: Target, to: Target, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  const docs = ids.map((id) => ({ _id: documentId(id), ...from.read(true) }));
  const { body } = await client.mget({ index: from.index, body: { docs } as never });
  const items = (body.docs as unknown as readonly (Sequenced & { found?: boolean })[]).map((document, i): BulkItem => {
    if (!document.found) return removal(ids[i] as string);
    const copied = { ...toDocument(from.toStored(document), to.asBytes), copied_seq_no: stampOf(document) };
    return { id: document._id, action: "index", document: copied };
  });
  await write(bulk, to.index, items);
}

async function write(bulk: BulkWriter, index: string, items: readonly BulkItem[]): Promise<void> {
  const failed = (await bulk.write(index, items, { intoIndex: true })).find((each) => each instanceof Error);
  if (failed) throw failed;
}

function removal(id: string): BulkItem {
  return { id: documentId(id), action: "delete" };
}
