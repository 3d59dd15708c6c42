import { afterEach, describe, expect, it } from "vitest";
import { createClient } from "../../src/indexes/opensearch/client.js";
import { foreignTarget } from "../../src/indexes/opensearch/foreign.js";
import type { PhysicalIndex } from "../../src/indexes/opensearch/physical-index.js";
import { askServer, SERVERLESS, type Server, serverOf } from "../../src/indexes/opensearch/server.js";
import { testOptions } from "../external/opensearch/open-test-index.js";
import { type FakeAnswer, type FakeOpenSearch, startFakeOpenSearch } from "../support/fake-opensearch.js";

let node: FakeOpenSearch | null = null;
afterEach(() => node?.close());

/** What a server is taken for that says one version of itself, and answers `_nodes` like this. */
async function ask(number: string, nodes: FakeAnswer = { status: 404, body: {} }): Promise<Server> {
  node = await startFakeOpenSearch(({ path }) => (path === "/_nodes" ? nodes : { body: { version: { number } } }));
  const client = createClient({ urls: [node.url], auth: { kind: "none" } }, { retries: 0 });
  return await askServer(client).finally(() => client.close());
}

const versions = (...all: string[]) => ({ body: { nodes: Object.fromEntries(all.map((version, i) => [`n${i}`, { version }])) } });

describe("the version of a server", () => {
  it("is the one it says", async () => {
    expect(await ask("2.19.1")).toMatchObject({ version: "2.19.1", hasOneCosineScore: true, hasScripts: true });
    expect(node?.seen).toEqual([{ method: "GET", path: "/", body: "" }]);
  });

  it("is that of its nodes while it says that it is Elasticsearch, for clients of that", async () => {
    expect(await ask("7.10.2", versions("1.3.13", "1.3.13"))).toMatchObject({
      version: "1.3.13",
      hasLucene: false,
      hasOneCosineScore: false,
    });
  });

  it.each([
    ["they may not be asked", { status: 403, body: { error: { type: "security_exception" } } }, "its nodes do not tell theirs"],
    ["the service does not let anybody ask", { status: 401, body: { Message: "not allowed" } }, "its nodes do not tell theirs"],
    ["a proxy before it has no such path", { status: 404, page: "default backend - 404" }, "its nodes do not tell theirs"],
    ["it is Elasticsearch", versions("7.10.2"), "its nodes say so too"],
  ])("is refused to be guessed where %s", async (_, nodes, why) => {
    await expect(ask("7.10.2", nodes)).rejects.toMatchObject({
      code: "INDEX_UNAVAILABLE",
      message:
        `The server says that it is version 7.10.2, and ${why}: set its compatibility.override_main_response_version to false ` +
        "(on Amazon the domain's advanced option override_main_response_version), or let the user or role read _nodes " +
        "(cluster:monitor/nodes/info). Elasticsearch itself cannot be the index.",
    });
  });
});

const FOREIGN = testOptions("http://localhost:9200", { foreign: { embeddingField: "embeddings", titleField: "title" } });

/** An index that was made elsewhere, by an OpenSearch of that version. */
function clipIndex(created?: string): PhysicalIndex {
  return {
    name: "clip-index",
    meta: null,
    aliases: [],
    mappings: { properties: { embeddings: { type: "knn_vector", dimension: 2 } } },
    settings: { "index.version.created_string": created },
  };
}

describe("an embedding of an index that was made elsewhere", () => {
  it("is of length 1, and none where it is all zeros, which has no direction", () => {
    const { toStored } = foreignTarget(clipIndex("2.18.0"), 2, FOREIGN, serverOf("2.18.0"));
    const embeddingOf = (embeddings: number[]) => toStored({ _id: "a", _source: { title: "A", embeddings } }).imageEmbedding;
    expect([embeddingOf([0, 2]), embeddingOf([0, 0])]).toEqual([Float32Array.of(0, 1), null]);
  });
});

describe("a field that names no engine", () => {
  it.each([
    ["Elasticsearch 7.10", "7.10.2", serverOf("2.11.0"), false],
    ["OpenSearch 2.17", "2.17.0", serverOf("3.5.0"), false],
    ["OpenSearch 2.18", "2.18.0", serverOf("3.5.0"), true],
    ["a collection, which does not tell", undefined, SERVERLESS, true],
  ])("filters in the graph as the default engine of what made its index does: %s", (_, created, server, filters) => {
    expect(foreignTarget(clipIndex(created), 2, FOREIGN, server).filtersInGraph).toBe(filters);
  });
});
