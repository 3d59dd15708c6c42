import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { OpenSearchIndex } from "../../../src/indexes/opensearch/opensearch-index.js";
import { by, byId, query, randomEmbedding, randomNumbers, stored } from "../../contract/catalogue.js";
import { openTestIndex, testOptions } from "./open-test-index.js";
import { type Cluster, startCluster } from "./server.js";

describe("three OpenSearch nodes, one of them killed under load", () => {
  let cluster: Cluster;
  let index: OpenSearchIndex;
  beforeAll(async () => {
    cluster = await startCluster("3.5.0", { nodes: 3, heap: "400m" });
    const urls = cluster.nodes.map(({ url }) => url);
    index = await openTestIndex({ ...testOptions(cluster.url), urls, shards: 3, replicas: 1, exactRows: -1 });
    await index.upsert(Array.from({ length: 100 }, (_, i) => item(`seed${i}`)));
    await greenAt(cluster.url);
  }, 300_000);
  afterAll(async () => {
    await index?.close();
    await cluster?.stop();
  });

  const random = randomNumbers(20_240_502);
  const item = (id: string) => stored(id, {}, { imageEmbedding: randomEmbedding(random), textEmbedding: randomEmbedding(random) });

  it.each([0, 2])(
    "fails no search and loses no product when node %d goes and comes back",
    async (victim) => {
      const node = cluster.nodes[victim];
      if (!node) throw new Error("no such node");
      const before = await index.count();
      let running = true;
      let searches = 0;
      const written: string[] = [];
      const search = async () => {
        while (running) {
          const orders = (["image", "text"] as const).map((kind) => by(kind, randomEmbedding(random)));
          const pages = await index.search([...orders, byId].map((order) => query({ order })));
          for (const page of pages) expect(page).toMatchObject({ matches: { length: 10 } });
          searches++;
        }
      };
      const write = async (writer: number) => {
        for (let i = 0; running; i++) {
          const items = Array.from({ length: 10 }, (_, j) => item(`kill${victim}-${writer}-${i}-${j}`));
          const outcomes = await index.upsert(items);
          // An item whose answer the dying node took with it is written again over itself.
          for (const each of outcomes) expect(each).toMatch(/created|updated/);
          written.push(...items.map((each) => each.product.id));
        }
      };
      const load = Promise.all([search(), write(0), write(1)]);
      await delay(3_000);
      await node.kill();
      await Promise.race([load, delay(12_000)]);
      running = false;
      await load;
      console.log(`node ${victim + 1} killed: ${searches} searches and ${written.length} products, none failed`);
      expect(await index.count()).toBe(before + written.length);
      const found = await index.get(written);
      expect(found.map((each) => each && !(each instanceof Error) && each.product.id)).toEqual(written);
      await node.restart();
      await greenAt(node.url);
    },
    240_000,
  );
});

async function delay(ms: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, ms));
}

async function greenAt(url: string): Promise<void> {
  const response = await fetch(`${url}/_cluster/health?wait_for_status=green&wait_for_nodes=3&timeout=120s`);
  expect(response.status).toBe(200);
}
