import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { pino } from "pino";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { assembleApp } from "../../src/app.js";
import { loadConfig } from "../../src/config.js";
import { ask, samplePhoto, startGateway } from "../support/gateway.js";
import { upload } from "../support/imports.js";
import { listenOnLoopback } from "../support/loopback.js";
import { WordEncoder } from "../support/word-encoder.js";

/** A picture server that answers when told to, so that a request can be caught in the middle. */
const asked: { request: IncomingMessage; response: ServerResponse }[] = [];
let pictures: Server;
let pictureUrl: string;
const QUERY = "query ($url: URL) { searchProducts(imageUrl: $url) { totalCount } }";

beforeAll(async () => {
  pictures = createServer((request, response) => asked.push({ request, response }));
  pictureUrl = `${await listenOnLoopback(pictures)}/photo.jpg`;
});
afterEach(() => asked.splice(0));
afterAll(() => pictures.close());

async function nextAsked(): Promise<{ request: IncomingMessage; response: ServerResponse }> {
  while (asked.length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
  return asked[0] as { request: IncomingMessage; response: ServerResponse };
}

test("a form that is answered before its file has come, and then breaks off, leaves nothing of that file", async () => {
  const dataDir = await mkdtemp(join(tmpdir(), "likeness-broken-off-"));
  const gateway = await startGateway({ LIKENESS_INDEX: "lancedb", LIKENESS_DATA_DIR: dataDir });
  const spooled = () => readdir(join(dataDir, "jobs/files/incoming"));
  const part = (name: string, value: string) => `--cut\r\ncontent-disposition: form-data; name=${name}\r\n\r\n${value}`;
  const query = "mutation ($f: Upload) { importCatalog(file: $f, wrong: 1) { id } }";
  const fields = [part('"operations"', JSON.stringify({ query, variables: { f: null } })), part('"map"', '{"0":["variables.f"]}')];
  const head = ["POST /graphql HTTP/1.1", "host: a", "apollo-require-preflight: true", "content-type: multipart/form-data; boundary=cut"];
  const socket = connect(Number(new URL(gateway.url).port), "127.0.0.1");
  socket.write([...head, "content-length: 1000000", "", ...fields, part('"0"; filename="shop.ndjson"', '{"id":"1"}')].join("\r\n"));
  const [answer] = await once(socket, "data");
  expect(String(answer)).toContain("GRAPHQL_VALIDATION_FAILED");
  await expect.poll(spooled).toHaveLength(1);
  socket.destroy();
  await expect.poll(spooled).toEqual([]);
  await gateway.stop();
  await rm(dataDir, { recursive: true, force: true });
});

test("every request has one line in the log, also one that its client or the router gave up", async () => {
  const lines: Record<string, unknown>[] = [];
  const log = pino({}, { write: (line: string) => void lines.push(JSON.parse(line)) });
  const config = loadConfig({ PORT: "0", LIKENESS_INDEX: "memory", LIKENESS_ALLOW_PRIVATE_URLS: "1", LIKENESS_FETCH_TIMEOUT_MS: "60000" });
  const app = await assembleApp(config, log, new WordEncoder(), null);
  const { url } = await app.start();
  const client = new AbortController();
  const body = JSON.stringify({ query: QUERY, variables: { url: pictureUrl } });
  const left = fetch(`${url}/graphql`, { method: "POST", headers: { "content-type": "application/json" }, body, signal: client.signal });
  await nextAsked();
  client.abort();
  await expect(left).rejects.toThrow();
  for (const path of ["/livez?a=b", "/nothing", `/jobs/${"a".repeat(200)}/errors.ndjson`]) await (await fetch(url + path)).text();
  await app.stop();
  const told = lines.filter(({ msg }) => msg === "request").map(({ path, status }) => [String(path).slice(0, 8), status]);
  expect(told.sort()).toEqual([
    ["/graphql", 499],
    ["/jobs/aa", 414],
    ["/livez", 200],
    ["/nothing", 404],
  ]);
});

test("the line of an operation that failed has the codes of its errors, each once", async () => {
  const lines: Record<string, unknown>[] = [];
  const log = pino({}, { write: (line: string) => void lines.push(JSON.parse(line)) });
  const app = await assembleApp(loadConfig({ PORT: "0", LIKENESS_INDEX: "memory" }), log, new WordEncoder(), null);
  const { url } = await app.start();
  const refused = (name: string) => `${name}: searchProducts(first: 300) { tookMs }`;
  await ask(`${url}/graphql`, `{ ${refused("a")} ${refused("b")} product(id: "a") { id } }`);
  await ask(`${url}/graphql`, "{ __typename }");
  await ask(`${url}/graphql`, "{ nothing }");
  await app.stop();
  const told = lines.filter(({ msg }) => msg === "request").map(({ status, errors }) => [status, errors]);
  expect(told).toEqual([
    [200, ["BAD_USER_INPUT"]],
    [200, undefined],
    [200, ["GRAPHQL_VALIDATION_FAILED"]],
  ]);
});

describe("a gateway that stops", () => {
  test("takes no new request while an import of its waits for a picture", async () => {
    const gateway = await startGateway({ LIKENESS_ALLOW_PRIVATE_URLS: "1", LIKENESS_FETCH_TIMEOUT_MS: "60000" });
    await upload(gateway.url, Buffer.from(JSON.stringify({ id: "p", images: [pictureUrl] })));
    const { response } = await nextAsked();
    const stopped = gateway.stop();
    const answers = () =>
      ask(gateway.url, "{ __typename }").then(
        () => true,
        () => false,
      );
    await expect.poll(answers).toBe(false);
    response.destroy();
    await stopped;
  });
});

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

  test("out of time before its body is whole ends its connection, so that no more of it is kept", async () => {
    const gateway = await startGateway({ LIKENESS_REQUEST_TIMEOUT_MS: "1000" });
    try {
      const socket = connect(Number(new URL(gateway.url).port), "127.0.0.1");
      const closed = once(socket, "close");
      const headers = "Host: localhost\r\ncontent-type: application/json\r\ncontent-length: 1000";
      socket.write(`POST /graphql HTTP/1.1\r\n${headers}\r\n\r\n{"query":`);
      expect((await socket.toArray()).join("")).toMatch(/^HTTP\/1.1 503 .*"TIMEOUT"/s);
      await closed;
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
