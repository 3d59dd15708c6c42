import type { Client } from "@opensearch-project/opensearch";
import type { Engine } from "./options.js";

/** What a server can do, by its version. */
export interface Server {
  /** As the server says it; "serverless" for a collection, which does not tell. */
  readonly version: string;
  /** A collection refreshes by itself and refuses to be asked. */
  readonly canRefresh: boolean;
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
 * filter 2.9, method_parameters 2.16, faiss as the default
 * 2.18, one cosine score for all engines 2.19.
 */
export function serverOf(version: string): Server {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const from = (wantedMajor: number, wantedMinor: number) => major > wantedMajor || (major === wantedMajor && minor >= wantedMinor);
  return {
    version,
    canRefresh: true,
    hasLucene: from(2, 2),
    hasMethodParameters: from(2, 16),
    defaultsToFaiss: from(2, 18),
    hasOneCosineScore: from(2, 19),
    filtersWith: (engine) => (engine === "lucene" ? from(2, 4) : engine === "faiss" && from(2, 9)),
  };
}

/** A Serverless collection has no version to ask for; it runs a recent one. */
export const SERVERLESS: Server = { ...serverOf("2.19"), version: "serverless", canRefresh: false };

export async function askServer(client: Client): Promise<Server> {
  const { body } = await client.info();
  return serverOf(body.version.number);
}
