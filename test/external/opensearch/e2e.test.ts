import { describe, inject } from "vitest";
import { everyGateway } from "../../support/gateway.js";
import { testOptions } from "./open-test-index.js";

const [url = "", alias] = [inject("servers")["3.5.0"], testOptions("").alias];

describe("the end-to-end tests, over OpenSearch", async () => {
  Object.assign(everyGateway, {
    LIKENESS_INDEX: "opensearch",
    LIKENESS_OPENSEARCH_URL: url,
    LIKENESS_OPENSEARCH_INDEX: alias,
    LIKENESS_OPENSEARCH_REPLICAS: "0",
  });
  await import("../../e2e/gateway.test.js");
});
