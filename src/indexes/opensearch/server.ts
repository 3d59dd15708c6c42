import { type Client, errors } from "@opensearch-project/opensearch";
import { LikenessError } from "../../domain/errors.js";
import type { Engine } from "./options.js";

/** What a server can do, by its version. */
export interface Server {
  /** As the server says it; "serverless" for a collection, which does not tell. */
  readonly version: string;
  /** A collection refreshes by itself and refuses to be asked. */
  readonly canRefresh: boolean;
  /** A vector search collection runs none (AWS, "Working with vector search collections", Limitations). */
  readonly hasScripts: boolean;
  readonly hasLucene: boolean;
  /** `method_parameters.ef_search` in a k-NN query. */
  readonly hasMethodParameters: boolean;
  /** A field that names no engine is faiss' here, and was nmslib's before. */
  readonly defaultsToFaiss: boolean;
  /** All engines and the scoring script give one score for cosinesimil. */
  readonly hasOneCosineScore: boolean;
  /** Whether the engine takes a filter inside the k-NN query; after the query it would thin the answer out. */
  readonly filtersWith: (engine: Engine) => boolean;
}

/**
 * Versions in which the k-NN plugin learnt what differs between servers. From its documentation (docs.opensearch.org: "k-NN
 * methods and engines", "Efficient k-NN filtering", "Spaces") and release notes: engine lucene 2.2, its filter 2.4, faiss'
 * filter 2.9, method_parameters 2.16, faiss as the default 2.18, one cosine score for all engines 2.19.
 */
export function serverOf(version: string): Server {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const from = (wantedMajor: number, wantedMinor: number) => major > wantedMajor || (major === wantedMajor && minor >= wantedMinor);
  return {
    version,
    canRefresh: true,
    hasScripts: true,
    hasLucene: from(2, 2),
    hasMethodParameters: from(2, 16),
    defaultsToFaiss: from(2, 18),
    hasOneCosineScore: from(2, 19),
    filtersWith: (engine) => (engine === "lucene" ? from(2, 4) : engine === "faiss" && from(2, 9)),
  };
}

/** A Serverless collection has no version to ask for; it runs a recent one. */
export const SERVERLESS: Server = { ...serverOf("2.19"), version: "serverless", canRefresh: false, hasScripts: false };

/** Whether a version is Elasticsearch's: OpenSearch was made of its 7.10, and counts from 1.0. */
export function isElasticsearch(version: string): boolean {
  return Number.parseInt(version, 10) >= 7;
}

/** Throws INDEX_UNAVAILABLE for a server that hides its version. */
export async function askServer(client: Client): Promise<Server> {
  const { body } = await client.info();
  const said = body.version.number;
  return serverOf(isElasticsearch(said) ? await versionOfNodes(client, said) : said);
}

/**
 * The version of a server that says that it is Elasticsearch, as OpenSearch 1.x and 2.1 to 2.19 do in compatibility mode
 * (opensearch-project/OpenSearch#847). Their nodes tell their own all the same (docs.opensearch.org, "Rolling upgrade").
 */
async function versionOfNodes(client: Client, said: string): Promise<string> {
  const { body } = await client.nodes.info({ filter_path: "nodes.*.version" }).catch(withoutNodes);
  const [node] = Object.values(body.nodes ?? {});
  if (node && !isElasticsearch(node.version)) return node.version;
  throw new LikenessError(
    "INDEX_UNAVAILABLE",
    `The server says that it is version ${said}, and its nodes ${node ? "say so too" : "do not tell theirs"}: set its ` +
      "compatibility.override_main_response_version to false (on Amazon the domain's advanced option override_main_response_version), " +
      "or let the user or role read _nodes (cluster:monitor/nodes/info). Elasticsearch itself cannot be the index.",
  );
}

/** Answers to one who may not ask, and of a service that has no such path. */
function withoutNodes(error: unknown): { body: { nodes?: Record<string, { version: string }> } } {
  if (error instanceof errors.ResponseError && [400, 401, 403, 404].includes(error.statusCode ?? 0)) return { body: {} };
  throw error;
}
