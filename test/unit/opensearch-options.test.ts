import { describe, expect, it } from "vitest";
import { loadConfig } from "../../src/config.js";
import { openSearchOptions } from "../../src/opensearch-options.js";

const options = (env: Record<string, string>) => openSearchOptions(loadConfig(env));
const AWS = "https://search-shop.eu-west-1.es.amazonaws.com";

describe("openSearchOptions", () => {
  it("takes several nodes, and the fields of an index made elsewhere", () => {
    expect(options({ LIKENESS_OPENSEARCH_URL: "http://a:9200,http://b:9200" })).toMatchObject({
      urls: ["http://a:9200", "http://b:9200"],
      alias: "likeness-products",
      auth: { kind: "none" },
      foreign: null,
    });
    const env = {
      LIKENESS_OPENSEARCH_URL: "http://a:9200",
      LIKENESS_OPENSEARCH_EMBEDDING_FIELD: "embeddings",
      LIKENESS_OPENSEARCH_TITLE_FIELD: "item_name_in_en_us",
    };
    // An alias, which may have capitals, leads to it.
    expect(options({ ...env, LIKENESS_OPENSEARCH_INDEX: "Clip" }).alias).toBe("Clip");
    expect(options(env).foreign).toEqual({ embeddingField: "embeddings", titleField: "item_name_in_en_us" });
  });

  it.each([
    [AWS, { AWS_REGION: "eu-west-1" }, { kind: "sigv4", service: "es", region: "eu-west-1" }],
    ["https://x.aos.eu-west-1.on.aws", { AWS_REGION: "eu-west-1" }, { kind: "sigv4", service: "es", region: "eu-west-1" }],
    ["https://x.on.aws", { AWS_REGION: "eu-west-1" }, { kind: "none" }],
    ["https://x.eu-west-1.aoss.amazonaws.com", { AWS_REGION: "eu-west-1" }, { kind: "sigv4", service: "aoss", region: "eu-west-1" }],
    ["https://10.0.0.1", { AWS_REGION: "r", LIKENESS_OPENSEARCH_AUTH: "es" }, { kind: "sigv4", service: "es", region: "r" }],
    [AWS, { LIKENESS_OPENSEARCH_USERNAME: "u", LIKENESS_OPENSEARCH_PASSWORD: "p" }, { kind: "basic", username: "u", password: "p" }],
    [AWS, { LIKENESS_OPENSEARCH_AUTH: "none" }, { kind: "none" }],
  ])("signs requests to %s with %o as %o", (url, env, auth) => {
    expect(options({ LIKENESS_OPENSEARCH_URL: url, ...(env as Record<string, string>) }).auth).toEqual(auth);
  });

  it("takes an alias as long as the names that are made of it may be", () => {
    const alias = "a.1-ä".padEnd(243, "x");
    expect(options({ LIKENESS_OPENSEARCH_URL: "http://a", LIKENESS_OPENSEARCH_INDEX: alias }).alias).toBe(alias);
  });

  it.each([
    [{}, "LIKENESS_OPENSEARCH_URL is not set"],
    [{ LIKENESS_OPENSEARCH_URL: "shop:9200" }, "http or https"],
    [{ LIKENESS_OPENSEARCH_URL: "http://a,nonsense" }, '"nonsense"'],
    [{ LIKENESS_OPENSEARCH_URL: "htp://u:p@a" }, 'is "htp://…@a": give'],
    [
      { LIKENESS_OPENSEARCH_URL: "http://a,http://u:p@b" },
      "LIKENESS_OPENSEARCH_USERNAME and LIKENESS_OPENSEARCH_PASSWORD, which hold for all",
    ],
    [{ LIKENESS_OPENSEARCH_URL: "htp://user:pass/word@a" }, 'is "htp://…'],
    [{ LIKENESS_OPENSEARCH_URL: AWS }, "AWS_REGION"],
    [{ LIKENESS_OPENSEARCH_URL: "http://a", LIKENESS_OPENSEARCH_USERNAME: "u" }, "LIKENESS_OPENSEARCH_PASSWORD"],
    ...["Shop", "my shop", "a,b", "shop*", "-shop", "_all", "..", "a/b", "ä".repeat(123)].map((name) => [
      { LIKENESS_OPENSEARCH_URL: "http://a", LIKENESS_OPENSEARCH_INDEX: name },
      `LIKENESS_OPENSEARCH_INDEX is ${JSON.stringify(name.slice(0, 80))}, of which OpenSearch makes no index`,
    ]),
  ] as [Record<string, string>, string][])("refuses %o", (env, message) => {
    expect(() => options(env)).toThrow(message);
  });
});
