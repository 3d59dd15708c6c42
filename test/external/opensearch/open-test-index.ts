import { randomUUID } from "node:crypto";
import { OpenSearchIndex } from "../../../src/indexes/opensearch/opensearch-index.js";
import type { OpenSearchOptions } from "../../../src/indexes/opensearch/options.js";
import { MODEL } from "../../contract/catalogue.js";

/** Options for an index of its own on one server. */
export function testOptions(url: string, over: Partial<OpenSearchOptions> = {}): OpenSearchOptions {
  return {
    urls: [url],
    auth: { kind: "none" },
    alias: `test-${randomUUID()}`,
    graph: { engine: "lucene", quantisation: "none", m: 16, efConstruction: 128, efSearch: 200 },
    shards: 1,
    replicas: 0,
    foreign: null,
    searchTimeoutMs: 30_000,
    writeTimeoutMs: 60_000,
    ...over,
  };
}

export async function openTestIndex(options: OpenSearchOptions, model = MODEL): Promise<OpenSearchIndex> {
  const index = new OpenSearchIndex(options);
  await index.ensureReady(model);
  return index;
}

/** Sends a request to a server as it is, past everything of ours; throws unless it is answered with 2xx. */
export async function rawRequest(url: string, method: string, path: string, body?: unknown): Promise<unknown> {
  const sent = body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) };
  const response = await fetch(`${url}${path}`, { method, headers: { "content-type": "application/json" }, ...sent });
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
  return await response.json();
}
