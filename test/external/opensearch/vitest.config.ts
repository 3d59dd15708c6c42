import { mergeConfig } from "vitest/config";
import base from "../../../vitest.config.js";

/** Tests against real servers, which `servers.ts` starts once for all files. */
export default {
  ...mergeConfig(base, {}),
  test: {
    include: ["test/external/opensearch/**/*.test.ts"],
    globalSetup: ["test/external/opensearch/servers.ts"],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    pool: "forks",
    // The servers share the machine with the tests: one file at a time.
    fileParallelism: false,
  },
};
