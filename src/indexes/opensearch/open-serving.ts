import { LikenessError } from "../../domain/errors.js";
import { createClient } from "./client.js";
import { OpenSearchIndex } from "./opensearch-index.js";
import type { OpenSearchOptions } from "./options.js";
import { findServing } from "./physical-index.js";

/** Opens the index behind the alias whichever model filled it, to be read without an encoder. */
export async function openServingIndex(options: OpenSearchOptions): Promise<OpenSearchIndex> {
  const client = createClient(options, { retries: 5 });
  const serving = await findServing(client, options.alias).finally(() => client.close());
  if (!serving?.meta) throw new LikenessError("INDEX_UNAVAILABLE", `There is no index ${options.alias} that Likeness made: ingest first.`);
  const index = new OpenSearchIndex(options);
  await index.ensureReady(serving.meta);
  return index;
}
