import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { SimilarUnderHitsDocument } from "../../gql/operations.js";
import { ask, type Gateway, startGateway } from "../../support/gateway.js";
import { type FaultProxy, startFaultProxy } from "./fault-proxy.js";
import { testOptions } from "./open-test-index.js";

describe("a gateway over OpenSearch, counted at the server", () => {
  let proxy: FaultProxy;
  let gateway: Gateway;
  beforeAll(async () => {
    proxy = await startFaultProxy(inject("servers")["3.5.0"]);
    gateway = await startGateway({
      LIKENESS_INDEX: "opensearch",
      LIKENESS_OPENSEARCH_URL: proxy.url,
      LIKENESS_OPENSEARCH_INDEX: testOptions(proxy.url).alias,
      LIKENESS_OPENSEARCH_REPLICAS: "0",
    });
    const drafts = Array.from({ length: 30 }, (_, i) => ({ id: `thing-${i}`, title: `a thing of kind ${i}`, images: [] }));
    const results = await gateway.app.ingest.ingest(drafts.map((each) => ({ ...each, categories: [], attributes: [] }) as never));
    expect(results.map((each) => each.status)).toEqual(drafts.map(() => "CREATED"));
    await gateway.app.index.count();
  });
  afterAll(async () => {
    await gateway?.stop();
    await proxy?.close();
  });

  const requests = async (work: () => Promise<unknown>) => {
    const before = proxy.seen.length;
    await work();
    return proxy.seen.slice(before).map(({ path }) => path.split("?")[0]?.split("/").at(-1));
  };

  it("ten searches of an operation are one _msearch, and one _mget reads the products of all their pages", async () => {
    const aliases = Array.from(
      { length: 10 },
      (_, i) => `s${i}: searchProducts(text: "thing ${i}", first: 5) { totalCount nodes { id title } }`,
    );
    let answer: { data: Record<string, { totalCount: number; nodes: unknown[] }> } | undefined;
    const paths = await requests(async () => {
      answer = (await ask(gateway.url, `{ ${aliases.join("\n")} }`)) as never;
    });
    expect(paths).toEqual(["_msearch", "_mget"]);
    for (const page of Object.values(answer?.data ?? {})) expect(page).toMatchObject({ totalCount: 30, nodes: { length: 5 } });
  });

  it("a misspelt word is one _msearch more, for its neighbours", async () => {
    const paths = await requests(async () => {
      const answer = await ask(gateway.url, '{ searchProducts(text: "thingg", mode: LEXICAL, first: 5) { totalCount } }');
      expect(answer).toMatchObject({ data: { searchProducts: { totalCount: 30 } } });
    });
    expect(paths).toEqual(["_msearch", "_msearch", "_mget"]);
  });

  it("similar products under twenty hits are one _msearch and one _mget more", async () => {
    const paths = await requests(async () => {
      const { data } = await ask(gateway.url, SimilarUnderHitsDocument, { text: "a thing" });
      expect(data.searchProducts.nodes).toHaveLength(20);
      for (const node of data.searchProducts.nodes) expect(node.similar.nodes).toHaveLength(3);
    });
    expect(paths).toEqual(["_msearch", "_mget", "_msearch", "_mget"]);
  });

  it("while OpenSearch is away, the catalog tells the model still, and that the index is not healthy", async () => {
    const asked = "{ catalog { model { id } index { kind healthy } } }";
    const told = (healthy: boolean) => ({
      data: { catalog: { model: { id: gateway.app.encoder.modelId }, index: { kind: "opensearch", healthy } } },
    });
    expect(await ask(gateway.url, asked)).toMatchObject(told(true));
    proxy.decide = () => ({ status: 503 });
    expect(await ask(gateway.url, asked)).toMatchObject(told(false));
    expect(await ask(gateway.url, "{ catalog { productCount } }")).toMatchObject({
      errors: [{ extensions: { code: "INDEX_UNAVAILABLE" } }],
    });
    proxy.decide = () => null;
    expect(await ask(gateway.url, asked)).toMatchObject(told(true));
  });
});
