import { type Client, errors } from "@opensearch-project/opensearch";
import { LikenessError } from "../../domain/errors.js";
import type { Model } from "../../domain/ports.js";
import { indexBody, LAYOUT, type Meta } from "./mapping.js";
import type { OpenSearchOptions } from "./options.js";
import type { Server } from "./server.js";

/** An index as the server describes it. */
export interface PhysicalIndex {
  readonly name: string;
  /** Null for an index that was made elsewhere. */
  readonly meta: Meta | null;
  readonly aliases: readonly string[];
  readonly mappings: RawMappings;
  readonly settings: RawSettings;
}

export interface RawMappings {
  readonly _meta?: { readonly likeness?: Meta };
  readonly properties?: Readonly<Record<string, RawField>>;
}

export interface RawField {
  readonly type?: string;
  readonly dimension?: number;
  readonly data_type?: string;
  readonly space_type?: string;
  readonly method?: { readonly engine?: string; readonly space_type?: string };
  readonly properties?: Readonly<Record<string, RawField>>;
}

/** Settings by their whole names, such as `index.knn.space_type`. */
export type RawSettings = Readonly<Record<string, string | undefined>>;

/** The indices of a name, an alias or a pattern; none for one that is not there. */
async function findIndices(client: Client, name: string): Promise<PhysicalIndex[]> {
  try {
    const { body } = await client.indices.get({ index: name, human: true, flat_settings: true });
    return Object.entries(body).map(([physical, description]) => {
      const {
        aliases = {},
        mappings = {},
        settings = {},
      } = description as never as { aliases?: object; mappings?: RawMappings; settings?: RawSettings };
      return { name: physical, meta: mappings._meta?.likeness ?? null, aliases: Object.keys(aliases), mappings, settings };
    });
  } catch (error) {
    if (error instanceof errors.ResponseError && error.statusCode === 404) return [];
    throw error;
  }
}

/** The one index behind the alias, or null when there is none yet. */
export async function findServing(client: Client, alias: string): Promise<PhysicalIndex | null> {
  const found = await findIndices(client, alias);
  if (found.length <= 1) return found[0] ?? null;
  throw new LikenessError(
    "INDEX_UNAVAILABLE",
    `The alias ${alias} leads to ${found.length} indices (${found.map(({ name }) => name).join(", ")}): leave it on one of them.`,
  );
}

/** The name of the nth index behind an alias. */
export function physicalName(alias: string, n: number): string {
  return `${alias}-${String(n).padStart(6, "0")}`;
}

/** The indices that were made for an alias, whether it leads to them or not. */
export async function ownIndices(client: Client, alias: string): Promise<PhysicalIndex[]> {
  const all = await findIndices(client, `${alias}-*`);
  return all.filter(({ name }) => /^-\d{6}$/.test(name.slice(alias.length)));
}

/** Creates an index, behind the alias when `serving`. False when another process has just made it. */
export async function createIndex(
  client: Client,
  name: string,
  meta: Meta,
  { options, server, serving }: { options: OpenSearchOptions; server: Server; serving: boolean },
): Promise<boolean> {
  const body = { ...indexBody(meta, options, server), ...(serving && { aliases: { [options.alias]: {} } }) };
  try {
    await client.indices.create({ index: name, body });
    return true;
  } catch (error) {
    const type = error instanceof errors.ResponseError ? error.body?.error?.type : null;
    if (type === "resource_already_exists_exception") return false;
    throw error;
  }
}

/** Throws unless the index was filled by the same model, in the layout of this version. */
export function checkMeta(index: PhysicalIndex, model: Model): Meta {
  const { name, meta } = index;
  if (!meta) {
    throw new LikenessError(
      "INDEX_UNAVAILABLE",
      `The index ${name} was made elsewhere: set another LIKENESS_OPENSEARCH_INDEX, or name the field of its embeddings in ` +
        "LIKENESS_OPENSEARCH_EMBEDDING_FIELD to search it.",
    );
  }
  if (meta.layout !== LAYOUT) {
    const cure = meta.layout < LAYOUT ? "an older version made: run `likeness reindex`" : "a newer version made: run that one";
    throw new LikenessError("INDEX_UNAVAILABLE", `The index ${name} has layout ${meta.layout}, this version's is ${LAYOUT}; ${cure}.`);
  }
  if (meta.modelId !== model.modelId || meta.dimension !== model.dimension) {
    throw new LikenessError(
      "MODEL_MISMATCH",
      `The index ${name} holds embeddings of ${meta.modelId} (${meta.dimension} numbers), but the encoder is ${model.modelId} ` +
        `(${model.dimension}): go back to the model it was filled with, or set another LIKENESS_OPENSEARCH_INDEX and fill that by ` +
        "`likeness reindex --model --to`, or by an ingest.",
    );
  }
  return meta;
}
