import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { createClient } from "../../../src/indexes/opensearch/client.js";
import { askServer } from "../../../src/indexes/opensearch/server.js";
import { rawRequest } from "./open-test-index.js";

describe("OpenSearch 2.19.1 in compatibility mode", () => {
  const url = inject("servers")["2.19.1"];
  const set = async (value: boolean | null) => {
    await rawRequest(url, "PUT", "/_cluster/settings", { persistent: { "compatibility.override_main_response_version": value } });
  };
  beforeAll(() => set(true));
  afterAll(() => set(null));

  it("says that it is Elasticsearch, and is known by its nodes", async () => {
    expect(await rawRequest(url, "GET", "/")).toMatchObject({ version: { number: "7.10.2" } });
    const client = createClient({ urls: [url], auth: { kind: "none" } }, { retries: 0 });
    expect(await askServer(client).finally(() => client.close())).toMatchObject({ version: "2.19.1", hasOneCosineScore: true });
  });
});
