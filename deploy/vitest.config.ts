import { defineConfig } from "vitest/config";

/** Tests of deploy/. `test/run.sh` installs the tools that they run. */
export default defineConfig({
  test: {
    root: import.meta.dirname,
    include: ["cdk/test/*.test.ts", "test/*.test.ts"],
    testTimeout: 300_000,
    hookTimeout: 300_000,
    pool: "forks",
  },
});
