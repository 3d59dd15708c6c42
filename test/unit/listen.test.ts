import type { FastifyInstance } from "fastify";
import { expect, test } from "vitest";
import { listen } from "../../src/listen.js";

/** Listens nowhere: not every machine has IPv6. */
const server = { listen: async () => "", server: { address: () => ({ port: 4001 }) } } as unknown as FastifyInstance;

test.each([
  ["127.0.0.1", "http://127.0.0.1:4001"],
  ["0.0.0.0", "http://127.0.0.1:4001"],
  ["::1", "http://[::1]:4001"],
  ["fd00::7", "http://[fd00::7]:4001"],
  ["::", "http://[::1]:4001"],
  ["shop.example", "http://shop.example:4001"],
])("a server on %s is reached by %s", async (host, url) => {
  expect(await listen(server, { host, port: 4001 })).toBe(url);
  expect(URL.canParse(url)).toBe(true);
});
