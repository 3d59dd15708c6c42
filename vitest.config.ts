import { defineConfig } from "vitest/config";

export default defineConfig({
  resolve: {
    // Vite would load graphql's ESM beside the CommonJS copy that libraries require; two copies refuse each other's types.
    alias: [{ find: /^graphql$/, replacement: "graphql/index.js" }],
  },
  oxc: { decorator: { legacy: true, emitDecoratorMetadata: false } },
  test: {
    testTimeout: 60_000,
    hookTimeout: 60_000,
    pool: "forks",
    projects: [
      { extends: true, test: { name: "embedded", include: ["test/{unit,contract,e2e}/**/*.test.ts"] } },
      // The same tests of the whole gateway, with the encoder behind SageMaker's protocol.
      { extends: true, test: { name: "sagemaker", include: ["test/e2e/gateway.test.ts"], setupFiles: ["test/support/use-sagemaker.ts"] } },
    ],
  },
});
