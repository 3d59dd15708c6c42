import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import type { StoredProduct } from "../../../src/domain/product.js";
import type { Meta } from "../../../src/indexes/opensearch/mapping.js";
import type { OpenSearchIndex } from "../../../src/indexes/opensearch/opensearch-index.js";
import type { OpenSearchOptions } from "../../../src/indexes/opensearch/options.js";
import { rebuild, rollBack } from "../../../src/indexes/opensearch/rebuild.js";
import { by, catalogue, query, randomEmbedding, randomNumbers, stored } from "../../contract/catalogue.js";
import { type FaultProxy, startFaultProxy } from "./fault-proxy.js";
import { openTestIndex, rawRequest, testOptions } from "./open-test-index.js";

const PRODUCTS = catalogue(700, 5);

describe.each(["3.5.0", "2.19.1"] as const)("a rebuilt index on OpenSearch %s", (version) => {
  let proxy: FaultProxy;
  let options: OpenSearchOptions;
  let index: OpenSearchIndex;
  beforeAll(async () => {
    proxy = await startFaultProxy(inject("servers")[version]);
  });
  afterAll(() => proxy.close());

  async function filled(): Promise<void> {
    options = testOptions(proxy.url);
    index = await openTestIndex(options);
    await index.upsert(PRODUCTS);
  }

  async function physical(): Promise<string[]> {
    return Object.keys((await rawRequest(proxy.url, "GET", `/${options.alias}*`)) as object).map((name) =>
      name.slice(options.alias.length),
    );
  }

  it("holds every product as it was, and today's settings", async () => {
    await filled();
    const wider = { ...options, graph: { ...options.graph, m: 24, quantisation: "byte" as const } };
    expect(await rebuild(wider, () => {})).toEqual({
      from: `${options.alias}-000001`,
      to: `${options.alias}-000002`,
      resumed: false,
      copied: PRODUCTS.length,
    });
    expect(await physical()).toEqual(["-000002"]);
    expect(await wholeOf(index)).toEqual(PRODUCTS);
    // The gateway has not been told: its next search and its next write have to find out that embeddings are bytes now.
    const probe = randomEmbedding(randomNumbers(8));
    const [page] = await index.search([query({ order: by("image", probe) })]);
    expect(page).toMatchObject({ matches: { length: 10 } });
    await rebuild({ ...options, graph: { ...options.graph, quantisation: "none" } }, () => {});
    await rebuild(wider, () => {});
    expect(await index.upsert([stored("late", {}, { imageEmbedding: probe })])).toEqual(["created"]);
    expect(await index.search([query({ order: by("image", probe), limit: 1 })])).toMatchObject([{ matches: [{ id: "late" }] }]);
    await index.close();
  });

  it("is made of one of an older layout, which is refused until then", async () => {
    await filled();
    const name = `/${options.alias}-000001`;
    const mapping = (await rawRequest(proxy.url, "GET", `${name}/_mapping`)) as Record<string, { mappings: { _meta: { likeness: Meta } } }>;
    const { likeness } = mapping[name.slice(1)]?.mappings._meta ?? {};
    await rawRequest(proxy.url, "PUT", `${name}/_mapping`, { _meta: { likeness: { ...likeness, layout: 1 } } });
    await expect(openTestIndex(options)).rejects.toMatchObject({ message: expect.stringContaining("likeness reindex") });
    expect(await rebuild(options, () => {})).toMatchObject({ copied: PRODUCTS.length });
    const again = await openTestIndex(options);
    const order = { kind: "lexical", words: ["product", "p17"] } as const;
    expect(await again.search([query({ order, limit: 1 })])).toMatchObject([{ matches: [{ id: "p17" }] }]);
    await Promise.all([again, index].map((each) => each.close()));
  });

  it("is not taken for gone where its alias is: no empty one is made in its place", async () => {
    await filled();
    await rebuild(options, () => {});
    const name = `${options.alias}-000002`;
    const change = (action: "add" | "remove") =>
      rawRequest(proxy.url, "POST", "/_aliases", { actions: [{ [action]: { index: name, alias: options.alias } }] });
    await change("remove");
    const message = `There is an index ${name}, but no alias ${options.alias} that leads to it: add the alias, or delete the index.`;
    await expect(openTestIndex(options)).rejects.toMatchObject({ code: "INDEX_UNAVAILABLE", message });
    expect(await physical()).toEqual(["-000002"]);
    await change("add");
    const again = await openTestIndex(options);
    expect(await again.count()).toBe(PRODUCTS.length);
    await Promise.all([again, index].map((each) => each.close()));
  });

  it("misses none of what is written and deleted while it is built, and no search and no get fails", async () => {
    await filled();
    const expected = new Map(PRODUCTS.map((each) => [each.product.id, each]));
    const random = randomNumbers(6);
    let running = true;
    const write = async () => {
      for (let i = 0; running; i++) {
        const added = stored(`during${i}`, { title: `${i}` }, { imageEmbedding: randomEmbedding(random) });
        const changed = {
          ...(PRODUCTS[(i * 7) % 500] as StoredProduct),
          fingerprint: { content: `changed ${i}`, image: null, text: null },
        };
        const outcomes = await index.upsert([added, changed]);
        expect(outcomes).toEqual(["created", expect.stringMatching(/created|updated/)]);
        for (const each of [added, changed]) expected.set(each.product.id, each);
        const gone = `p${500 + (i % 200)}`;
        expect(await index.delete([gone])).toEqual([expected.delete(gone)]);
      }
    };
    const search = async () => {
      while (running) {
        const [page] = await index.search([query({ order: by("image", randomEmbedding(random)) })]);
        expect(page).toMatchObject({ matches: { length: 10 } });
      }
    };
    const get = async () => {
      while (running) expect(await index.get(["p499"])).toMatchObject([{ product: { id: "p499" } }]);
    };
    const load = Promise.all([write(), search(), get()]);
    const { copied } = await rebuild(options, () => {});
    running = false;
    await load;
    expect(copied).toBeGreaterThanOrEqual(PRODUCTS.length);
    expect(await index.count()).toBe(expected.size);
    const ids = [...expected.keys()];
    expect(await index.get(ids)).toEqual(ids.map((id) => expected.get(id)));
    await index.close();
  });

  it("goes on after a kill where it was", async () => {
    await filled();
    let writes = 0;
    proxy.decide = ({ path }) => (path.includes("-000002/_bulk") && ++writes > 2 ? "no answer" : null);
    await killedWhen(() => writes > 2);
    expect(await physical()).toEqual(["-000001", "-000002"]);
    expect(await index.upsert([stored("between")])).toEqual(["created"]);
    const { resumed, copied } = await rebuild(options, () => {});
    expect(resumed).toBe(true);
    expect(copied).toBeLessThanOrEqual(PRODUCTS.length + 1 - 400);
    expect(await wholeOf(index)).toEqual(PRODUCTS);
    expect(await index.count()).toBe(PRODUCTS.length + 1);
    await index.close();
  });

  it("begins anew where it was to be built with other settings", async () => {
    await filled();
    let writes = 0;
    proxy.decide = ({ path }) => (path.includes("-000002/_bulk") && ++writes > 2 ? "no answer" : null);
    await killedWhen(() => writes > 2);
    const { resumed, copied } = await rebuild({ ...options, shards: 3, graph: { ...options.graph, m: 24 } }, () => {});
    expect({ resumed, copied }).toEqual({ resumed: false, copied: PRODUCTS.length });
    expect(await rawRequest(proxy.url, "GET", `/${options.alias}`)).toMatchObject({
      [`${options.alias}-000002`]: {
        settings: { index: { number_of_shards: "3" } },
        mappings: { properties: { image_embedding: { method: { parameters: { m: 24 } } } } },
      },
    });
    await index.close();
  });

  it("has taken over also where the server's answer to that was lost", async () => {
    await filled();
    let swaps = 0;
    proxy.decide = ({ path }) => (path.includes("_aliases") && swaps++ === 0 ? "cut after" : null);
    expect(await rebuild(options, () => {})).toMatchObject({ to: `${options.alias}-000002`, copied: PRODUCTS.length });
    expect(await physical()).toEqual(["-000002"]);
    await index.close();
  });

  it("goes on after a kill while writes were blocked; they wait for it", async () => {
    await filled();
    let swaps = 0;
    proxy.decide = ({ path }) => (path.includes("_aliases") && ++swaps > 0 ? "no answer" : null);
    await killedWhen(() => swaps > 0);
    const waiting = index.upsert([stored("patient")]);
    expect((await rebuild(options, () => {})).resumed).toBe(true);
    expect(await waiting).toEqual(["created"]);
    expect(await physical()).toEqual(["-000002"]);
    expect(await index.count()).toBe(PRODUCTS.length + 1);
    await index.close();
  });

  it("can be taken back", async () => {
    await filled();
    let swaps = 0;
    proxy.decide = ({ path }) => (path.includes("_aliases") && ++swaps > 0 ? "no answer" : null);
    await killedWhen(() => swaps > 0);
    expect(await rollBack(options)).toEqual([`${options.alias}-000002`]);
    expect(await physical()).toEqual(["-000001"]);
    expect(await index.upsert([stored("after")])).toEqual(["created"]);
    await index.close();
  });

  /** Runs `likeness reindex` as its own process and kills it once the proxy has seen enough. */
  async function killedWhen(reached: () => boolean): Promise<void> {
    const env = {
      ...process.env,
      LIKENESS_INDEX: "opensearch",
      LIKENESS_OPENSEARCH_URL: proxy.url,
      LIKENESS_OPENSEARCH_INDEX: options.alias,
      LIKENESS_OPENSEARCH_REPLICAS: "0",
      LIKENESS_OPENSEARCH_M: String(options.graph.m),
    };
    const child = spawn(process.execPath, ["--import", "tsx", "src/cli/likeness.ts", "reindex"], {
      env,
      stdio: ["ignore", "ignore", "inherit"],
    });
    await expect.poll(() => ended(child) || reached(), { timeout: 60_000 }).toBe(true);
    const gone = once(child, "exit");
    child.kill("SIGKILL");
    await gone;
    proxy.decide = () => null;
  }
});

function ended(child: ChildProcess): boolean {
  if (child.exitCode === null) return false;
  throw new Error(`the command ended by itself with code ${child.exitCode}`);
}

async function wholeOf(index: OpenSearchIndex): Promise<unknown[]> {
  return await index.get(PRODUCTS.map((each) => each.product.id));
}
