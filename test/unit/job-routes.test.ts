import { once } from "node:events";
import { get, type IncomingMessage } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { type FastifyInstance, fastify } from "fastify";
import { pino } from "pino";
import { afterEach, beforeEach, expect, test } from "vitest";
import { jobRoutes } from "../../src/http/jobs.js";
import { limitRequests } from "../../src/http/request-end.js";
import type { ImportCatalogs } from "../../src/jobs/import-catalogs.js";

let app: FastifyInstance;
beforeEach(() => {
  app = fastify();
});
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

/** The report of an import with far more failures than a connection holds, of which what arrives is to be read. */
async function longReport(): Promise<IncomingMessage> {
  async function* failures() {
    for (let line = 1; line <= 80_000; line++) yield { line, message: "x".repeat(100) };
  }
  limitRequests(app, () => 1000);
  await app.register(jobRoutes, {
    imports: { get: async () => ({ id: "a" }), failures } as unknown as ImportCatalogs,
    log: pino({ level: "silent" }),
  });
  const address = await app.listen({ port: 0 });
  return (await once(get(`${address}/jobs/a/errors.ndjson`), "response"))[0];
}

test("a report goes on beyond the request's time as long as its client takes some of it", async () => {
  const report = await longReport();
  let last = "";
  for await (const chunk of report) {
    last = String(chunk);
    await delay(15);
  }
  expect(last).toContain('{"line":80000,');
});

test("a report ends where its client takes none of it any more", async () => {
  const report = await longReport();
  await expect
    .poll(() => new Promise((resolve) => app.server.getConnections((_error, count) => resolve(count))), { timeout: 5_000 })
    .toBe(0);
  report.destroy();
});
