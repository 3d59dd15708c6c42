import { inject } from "vitest";
import { indexContract } from "../../contract/index-contract.js";
import { openTestIndex, testOptions } from "./open-test-index.js";

for (const [version, url] of Object.entries(inject("servers"))) {
  indexContract(`OpenSearch ${version}`, () => openTestIndex(testOptions(url)));
}
