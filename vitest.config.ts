import { defineConfig } from "vitest/config";

export default defineConfig({
  resolve: {
    // Vite would load graphql's ESM beside the CommonJS copy that libraries require; two copies refuse each other's types.
    alias: [{ find: /^graphql$/, replacement: "graphql/index.js" }],
  },
  oxc: { decorator: { legacy: true, emitDecoratorMetadata: false } },
  test: { include: ["test/{unit,contract,e2e}/**/*.test.ts"], testTimeout: 60_000, hookTimeout: 60_000, pool: "forks" },
});
