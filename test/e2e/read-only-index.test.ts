import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type App, assembleApp } from "../../src/app.js";
import { loadConfig } from "../../src/config.js";
import { ImportCatalogDocument } from "../gql/operations.js";
import { type FakeOpenSearch, startFakeOpenSearch } from "../support/fake-opensearch.js";
import { ask } from "../support/gateway.js";
import { catalogOf, upload } from "../support/imports.js";
import { WordEncoder } from "../support/word-encoder.js";

const encoder = new WordEncoder();
const FIELD = { type: "knn_vector", dimension: encoder.dimension, method: { engine: "faiss", space_type: "innerproduct" } };
const INDEX = { aliases: {}, mappings: { properties: { embeddings: FIELD } }, settings: {} };

describe("a gateway of an index that was made elsewhere", () => {
  let dataDir: string;
  let node: FakeOpenSearch;
  let app: App;
  let url: string;

  beforeAll(async () => {
    node = await startFakeOpenSearch(({ path }) => {
      if (path === "/") return { body: { version: { number: "3.5.0" } } };
      if (path.endsWith("/_count")) return { body: { count: 1, _shards: { total: 1, failed: 0 } } };
      if (path.endsWith("/_msearch")) return { body: { responses: [{ hits: { hits: [] } }] } };
      return { body: { clips: INDEX } };
    });
    dataDir = await mkdtemp(join(tmpdir(), "likeness-read-only-"));
    const config = loadConfig({
      PORT: "0",
      LIKENESS_DATA_DIR: dataDir,
      LIKENESS_INDEX: "opensearch",
      LIKENESS_OPENSEARCH_URL: node.url,
      LIKENESS_OPENSEARCH_INDEX: "clips",
      LIKENESS_OPENSEARCH_EMBEDDING_FIELD: "embeddings",
    });
    app = await assembleApp(config, pino({ level: "silent" }), encoder, null);
    url = `${(await app.start()).url}/graphql`;
  });

  afterAll(async () => {
    await app.stop();
    await node.close();
    await rm(dataDir, { recursive: true, force: true });
  });

  test.each<[string, () => ReturnType<typeof ask>]>([
    ["an import of an upload", () => upload(url, catalogOf(3))],
    ["an import of a URL", () => ask(url, ImportCatalogDocument, { url: "https://shop.example/feed.csv" })],
    ["products", () => ask(url, 'mutation { ingestProducts(products: [{ id: "a", title: "a" }]) { results { status } } }')],
    ["products that are no good", () => ask(url, 'mutation { ingestProducts(products: [{ id: "" }]) { results { status } } }')],
    ["a deletion", () => ask(url, 'mutation { deleteProducts(ids: ["a"]) { deletedIds } }')],
  ])("refuses %s at once", async (_, send) => {
    const { errors } = await send();
    expect(errors).toMatchObject([
      {
        message: "This index was made elsewhere and is opened read-only: products cannot be written to it.",
        extensions: { code: "BAD_USER_INPUT" },
      },
    ]);
    await expect.poll(() => readdir(join(dataDir, "jobs/files/incoming"))).toEqual([]);
  });
});
