import { fastify } from "fastify";
import { pino } from "pino";
import { afterEach, expect, test } from "vitest";
import { jobRoutes } from "../../src/http/jobs.js";
import type { ImportCatalogs } from "../../src/jobs/import-catalogs.js";

const app = fastify();
afterEach(async () => await app.close());

test("why a report of errors breaks off is told in the log", async () => {
  const logged: unknown[] = [];
  const log = pino({}, { write: (line: string) => void logged.push(JSON.parse(line)) });
  async function* failures() {
    yield { line: 1 };
    throw new Error("The store of jobs is gone.");
  }
  const imports = { get: async () => ({ id: "a" }), failures } as unknown as ImportCatalogs;
  await app.register(jobRoutes, { imports, log });
  const report = await fetch(`${await app.listen({ port: 0 })}/jobs/a/errors.ndjson`);
  await expect(report.text()).rejects.toThrow("terminated");
  expect(logged).toMatchObject([{ msg: "a report of errors broke off", err: { message: "The store of jobs is gone." } }]);
});
