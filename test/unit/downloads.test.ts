import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { expect, it } from "vitest";
import { createDownloads } from "../../src/fetch/downloads.js";

it("leaves no connection behind when it is stopped in the middle of a file", async () => {
  let connections = 0;
  const server = createServer((_request, response) => response.write("the first bytes"));
  server.on("connection", () => connections++).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const stopping = new AbortController();
  const reason = new Error("the server stops");
  const downloads = createDownloads({ timeoutMs: 60_000, allowPrivateUrls: true });
  const take = async (bytes: AsyncIterable<Uint8Array>) => {
    try {
      for await (const _ of bytes) stopping.abort(reason);
    } finally {
      // What was written is removed, which takes a moment.
      await delay(100);
    }
  };
  await expect(downloads.read(`http://127.0.0.1:${port}/catalogue.ndjson`, stopping.signal, take)).rejects.toBe(reason);
  expect(connections).toBe(1);
  // A connection over which no request came would keep it open.
  server.close();
  await once(server, "close");
});
