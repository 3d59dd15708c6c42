import type { Client } from "@opensearch-project/opensearch";
import { LikenessError } from "../../domain/errors.js";
import type { Model } from "../../domain/ports.js";
import { foreignTarget } from "./foreign.js";
import { newMeta } from "./mapping.js";
import type { OpenSearchOptions } from "./options.js";
import { checkMeta, createIndex, findServing, ownIndices, physicalName } from "./physical-index.js";
import type { Server } from "./server.js";
import { ownTarget, type Target } from "./target.js";

/** Opens the index behind the alias, making it when there is none. Throws MODEL_MISMATCH for another model's. */
export async function openIndex(client: Client, model: Model, options: OpenSearchOptions, server: Server): Promise<Target> {
  const { alias, foreign } = options;
  const serving = await findServing(client, alias);
  if (foreign) {
    if (serving) return foreignTarget(serving, model.dimension, options, server);
    throw new LikenessError(
      "INDEX_UNAVAILABLE",
      `There is no index ${alias}, and LIKENESS_OPENSEARCH_EMBEDDING_FIELD says that it was made elsewhere: set LIKENESS_OPENSEARCH_INDEX to its name.`,
    );
  }
  if (serving) return ownTarget(serving.name, checkMeta(serving, model), options, server);
  return await makeIndex(client, model, options, server);
}

/** Makes no empty one beside those that lost their alias, as restored from a snapshot without it: their products would seem gone. */
async function makeIndex(client: Client, model: Model, options: OpenSearchOptions, server: Server): Promise<Target> {
  const { alias } = options;
  const name = physicalName(alias, 1);
  const meta = newMeta(model, options, server);
  const known = (await ownIndices(client, alias)).at(-1);
  if (!known && (await createIndex(client, name, meta, { options, server, serving: true }))) return ownTarget(name, meta, options, server);
  const other = await findServing(client, alias);
  if (other) return ownTarget(other.name, checkMeta(other, model), options, server);
  throw new LikenessError(
    "INDEX_UNAVAILABLE",
    `There is an index ${known?.name ?? name}, but no alias ${alias} that leads to it: add the alias, or delete the index.`,
  );
}
