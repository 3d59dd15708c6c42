import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { createDownloads } from "../../src/fetch/downloads.js";
import { endServer, listenOnLoopback } from "../support/loopback.js";

it("leaves no connection behind when it is stopped in the middle of a file", async () => {
  let connections = 0;
  const server = createServer((_request, response) => response.write("the first bytes"));
  server.on("connection", () => connections++);
  const url = await listenOnLoopback(server);
  const stopping = new AbortController();
  const reason = new Error("the server stops");
  const downloads = createDownloads({ timeoutMs: 60_000, silenceMs: 60_000, allowPrivateUrls: true });
  const take = async (bytes: AsyncIterable<Uint8Array>) => {
    try {
      for await (const _ of bytes) stopping.abort(reason);
    } finally {
      // What was written is removed, which takes a moment.
      await delay(100);
    }
  };
  await expect(downloads.read(`${url}/catalogue.ndjson`, stopping.signal, take)).rejects.toBe(reason);
  expect(connections).toBe(1);
  // A connection over which no request came would keep it open.
  server.close();
  await once(server, "close");
});

/** What comes of a file that is sent so. */
async function fetched(send: RequestListener, timeoutMs = 60_000): Promise<string> {
  const server = createServer(send);
  const url = await listenOnLoopback(server);
  const downloads = createDownloads({ timeoutMs, silenceMs: 3_000, allowPrivateUrls: true });
  try {
    return await downloads.read(`${url}/feed.csv`, new AbortController().signal, async (bytes) => {
      let text = "";
      for await (const each of bytes) text += Buffer.from(each).toString();
      return text;
    });
  } finally {
    await endServer(server);
  }
}

it.each<[string, RequestListener, number, string]>([
  ["does not end in time", (_request, response) => void response.write("id"), 200, "The file did not arrive within 200 ms"],
  ["breaks off", (_request, response) => void response.write("id", () => response.destroy()), 60_000, "the connection failed. Try again."],
])("says of a file that %s why it was given up", async (_, send, timeoutMs, message) => {
  await expect(fetched(send, timeoutMs)).rejects.toMatchObject({ code: "TIMEOUT", message: expect.stringContaining(message) });
});

describe("a source that falls silent", () => {
  it.each<[string, RequestListener]>([
    ["before its first byte", () => {}],
    ["in the middle", (_request, response) => void response.write("id,title")],
  ])("fails %s, and says so", async (_, send) => {
    await expect(fetched(send)).rejects.toMatchObject({
      code: "TIMEOUT",
      message: "Nothing came of the file for 3000 ms: see that its address sends it, or upload it.",
    });
  });

  it("is waited for as long as something comes now and then", async () => {
    const send: RequestListener = async (_request, response) => {
      for (let i = 0; i < 10; i++) {
        response.write("x");
        await delay(500);
      }
      response.end();
    };
    expect(await fetched(send)).toBe("x".repeat(10));
  });
});
