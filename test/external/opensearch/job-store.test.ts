import { inject } from "vitest";
import { OpenSearchJobStore } from "../../../src/indexes/opensearch/job-store.js";
import { jobStoreContract } from "../../contract/job-store-contract.js";
import { testOptions } from "./open-test-index.js";

for (const [version, url] of Object.entries(inject("servers"))) {
  jobStoreContract(`OpenSearch ${version}`, () => OpenSearchJobStore.open(testOptions(url)));
}
