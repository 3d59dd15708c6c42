import { isDeepStrictEqual } from "node:util";
import type { Client } from "@opensearch-project/opensearch";
import { badInput, LikenessError } from "../../domain/errors.js";
import { BulkWriter } from "./bulk.js";
import { createClient } from "./client.js";
import { copyDifferences } from "./copy-differences.js";
import { type Meta, newMeta } from "./mapping.js";
import type { OpenSearchOptions } from "./options.js";
import { createIndex, findServing, ownIndices, type PhysicalIndex, physicalName } from "./physical-index.js";
import { askServer, type Server } from "./server.js";
import { ownTarget } from "./target.js";

/** Once a pass finds no more differences than this, the rest is compared while writes wait. */
const FEW_DIFFERENCES = 500;
/** Passes after which writes wait all the same: a catalogue written faster than it is copied would never end. */
const MAX_PASSES = 5;

export interface RebuildReport {
  readonly from: string;
  readonly to: string;
  readonly resumed: boolean;
  /** Products written into the new index, those written twice counted twice. */
  readonly copied: number;
}

type OwnIndex = PhysicalIndex & { readonly meta: Meta };

/**
 * Builds a new index with today's settings from the stored products and embeddings, and moves the alias to it.
 *
 * The old one serves and is written to meanwhile: each pass copies what differs between the two. When little is left,
 * writes to the old one are blocked (writers wait and try again), the last differences are copied, and one request moves
 * the alias and removes the old index. A rebuild that was killed goes on where it was: what is there is not copied again.
 */
export async function rebuild(options: OpenSearchOptions, onProgress: (copied: number) => void): Promise<RebuildReport> {
  return await connected(options, async (client) => {
    return await rebuildWith(client, options, await askServer(client), onProgress);
  });
}

/** Takes back what a rebuild left unfinished: removes the new indices and lets the old one be written again. Their names. */
export async function rollBack(options: OpenSearchOptions): Promise<string[]> {
  return await connected(options, async (client) => {
    await blockWrites(client, await servingIndex(client, options.alias), false);
    const names = (await unfinished(client, options.alias)).map(({ name }) => name);
    for (const name of names) await client.indices.delete({ index: name });
    return names;
  });
}

async function connected<T>(options: OpenSearchOptions, work: (client: Client) => Promise<T>): Promise<T> {
  const client = createClient(options, { retries: 5 });
  try {
    return await work(client);
  } finally {
    await client.close();
  }
}

async function rebuildWith(
  client: Client,
  options: OpenSearchOptions,
  server: Server,
  onProgress: (copied: number) => void,
): Promise<RebuildReport> {
  const from = await servingIndex(client, options.alias);
  await blockWrites(client, from, false);
  const { graph, shards, replicas } = options;
  const wanted: Meta = { ...newMeta(from.meta, options, server), buildingFrom: from.name, buildingWith: { graph, shards, replicas } };
  const started = await unfinished(client, options.alias);
  const same = started.find(({ meta }) => meta && isDeepStrictEqual(meta, wanted));
  for (const { name } of started) if (name !== same?.name) await client.indices.delete({ index: name });
  const to = same?.name ?? physicalName(options.alias, (await lastNumber(client, options.alias)) + 1);
  if (!same) await createIndex(client, to, wanted, { options, server, serving: false });

  const [source, target] = [ownTarget(from.name, from.meta, options, server), ownTarget(to, wanted, options, server)];
  const bulk = new BulkWriter(client, { limitMs: options.writeTimeoutMs });
  let copied = 0;
  const pass = async () => {
    const before = copied;
    await copyDifferences(client, bulk, source, target, (count) => {
      copied += count;
      onProgress(copied);
    });
    return copied - before;
  };
  for (let i = 0; i < MAX_PASSES && (await pass()) > FEW_DIFFERENCES; i++);
  await blockWrites(client, from, true);
  try {
    await pass();
    if ((await pass()) > 0)
      throw new LikenessError("INDEX_UNAVAILABLE", `${from.name} changed while writes to it were blocked: try again.`);
    await takeOver(client, options.alias, from.name, to);
  } catch (error) {
    await blockWrites(client, from, false);
    throw error;
  }
  return { from: from.name, to, resumed: same !== undefined, copied };
}

async function servingIndex(client: Client, alias: string): Promise<OwnIndex> {
  const serving = await findServing(client, alias);
  if (!serving) throw new LikenessError("INDEX_UNAVAILABLE", `There is no index ${alias} to rebuild: ingest first.`);
  if (!serving.meta || serving.name === alias) {
    throw badInput(
      `${serving.name} was not made by Likeness, or has no alias: only an index that it made and reads by an alias can be rebuilt.`,
    );
  }
  return serving as OwnIndex;
}

async function unfinished(client: Client, alias: string): Promise<PhysicalIndex[]> {
  const own = await ownIndices(client, alias);
  return own.filter(({ meta, aliases }) => meta?.buildingFrom && !aliases.includes(alias));
}

async function lastNumber(client: Client, alias: string): Promise<number> {
  const numbers = (await ownIndices(client, alias)).map(({ name }) => Number(name.slice(alias.length + 1)));
  return Math.max(0, ...numbers);
}

/** Moves the alias and removes the old index in one request, which is refused when it is made again because its answer was lost. */
async function takeOver(client: Client, alias: string, from: string, to: string): Promise<void> {
  const actions = [{ add: { index: to, alias } }, { remove_index: { index: from } }];
  try {
    await client.indices.updateAliases({ body: { actions } });
  } catch (error) {
    if ((await findServing(client, alias))?.name !== to) throw error;
  }
}

/** Blocking waits for the writes under way. */
async function blockWrites(client: Client, { name }: PhysicalIndex, blocked: boolean): Promise<void> {
  if (blocked) await client.indices.addBlock({ index: name, block: "write" });
  else await client.indices.putSettings({ index: name, body: { index: { "blocks.write": null } } as never });
}
