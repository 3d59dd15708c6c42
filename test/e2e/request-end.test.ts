import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { createInterface } from "node:readline";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { ask, samplePhoto, startGateway } from "../support/gateway.js";

/** A picture server that answers when told to, so that a request can be caught in the middle. */
const asked: { request: IncomingMessage; response: ServerResponse }[] = [];
let pictures: Server;
let pictureUrl: string;
const QUERY = "query ($url: URL) { searchProducts(imageUrl: $url) { totalCount } }";

beforeAll(async () => {
  pictures = createServer((request, response) => asked.push({ request, response })).listen(0, "127.0.0.1");
  await once(pictures, "listening");
  pictureUrl = `http://127.0.0.1:${(pictures.address() as AddressInfo).port}/photo.jpg`;
});
afterEach(() => asked.splice(0));
afterAll(() => pictures.close());

async function nextAsked(): Promise<{ request: IncomingMessage; response: ServerResponse }> {
  while (asked.length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
  return asked[0] as { request: IncomingMessage; response: ServerResponse };
}

describe("a request that ends early", () => {
  test("out of time is answered TIMEOUT, and what it waited for is given up", async () => {
    const limits = { LIKENESS_REQUEST_TIMEOUT_MS: "1500", LIKENESS_FETCH_TIMEOUT_MS: "60000" };
    const gateway = await startGateway({ LIKENESS_ALLOW_PRIVATE_URLS: "1", ...limits });
    try {
      const answer = ask<unknown, { url: string }>(gateway.url, QUERY, { url: pictureUrl });
      const { response } = await nextAsked();
      const cut = once(response, "close");
      expect(await answer).toMatchObject({ status: 503, errors: [{ extensions: { code: "TIMEOUT" } }] });
      await cut;
    } finally {
      await gateway.stop();
    }
  });

  test("whose client has gone is given up as well", async () => {
    const gateway = await startGateway({ LIKENESS_ALLOW_PRIVATE_URLS: "1", LIKENESS_FETCH_TIMEOUT_MS: "60000" });
    try {
      const client = new AbortController();
      const body = JSON.stringify({ query: QUERY, variables: { url: pictureUrl } });
      const headers = { "content-type": "application/json" };
      const answer = fetch(gateway.url, { method: "POST", headers, body, signal: client.signal });
      const { response } = await nextAsked();
      const cut = once(response, "close");
      client.abort();
      await expect(answer).rejects.toThrow();
      await cut;
    } finally {
      await gateway.stop();
    }
  });
});

describe("SIGTERM", () => {
  let server: ChildProcess | null = null;
  afterEach(() => server?.kill("SIGKILL"));

  test("lets a running request finish, takes no new one, and ends with 0", async () => {
    const settings = {
      LIKENESS_INDEX: "memory",
      LIKENESS_ENCODER: "onnx",
      LIKENESS_ALLOW_PRIVATE_URLS: "1",
      LIKENESS_FETCH_TIMEOUT_MS: "60000",
    };
    server = spawn(process.execPath, ["--import", "tsx", "src/cli/likeness.ts", "serve"], {
      env: { ...process.env, PORT: "0", LIKENESS_LOG_LEVEL: "info", ...settings },
      stdio: ["ignore", "pipe", "inherit"],
    });
    const exited = once(server, "exit");
    const url = await readyUrl(server);
    const answer = ask<unknown, { url: string }>(url, QUERY, { url: pictureUrl });
    const { response } = await nextAsked();
    server.kill("SIGTERM");
    const probe = () =>
      fetch(url.replace("graphql", "livez")).then(
        ({ status }) => status,
        () => "refused",
      );
    await expect.poll(probe, { timeout: 20_000 }).not.toBe(200);
    response.end(Buffer.from(await samplePhoto("tommy-bebo-600358-unsplash.jpg")));
    expect(await answer).toMatchObject({ status: 200, data: { searchProducts: { totalCount: 0 } } });
    expect(await exited).toEqual([0, null]);
  }, 120_000);
});

/** The GraphQL URL from the line that is logged once the server listens. */
async function readyUrl({ stdout }: ChildProcess): Promise<string> {
  for await (const line of createInterface({ input: stdout as NodeJS.ReadableStream })) {
    const { msg, url } = JSON.parse(line) as { msg: string; url?: string };
    if (msg === "ready" && url) return url;
  }
  throw new Error("The server ended before it was ready.");
}
