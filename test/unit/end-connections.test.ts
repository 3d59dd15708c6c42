import { once } from "node:events";
import { Agent, get, type IncomingMessage } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
import { type FastifyInstance, fastify } from "fastify";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { endConnections } from "../../src/http/end-connections.js";

// Far below the keep-alive time.
vi.setConfig({ testTimeout: 5_000 });

const REST_MS = 500;

let app: FastifyInstance;
let stream: PassThrough;
let port: number;
const agent = new Agent({ keepAlive: true });

beforeEach(async () => {
  app = fastify({ forceCloseConnections: "idle" });
  endConnections(app, REST_MS);
  stream = new PassThrough();
  app.get("/", async (_request, reply) => reply.send(stream));
  // Begins its answer once the server closes.
  app.get("/late", async (_request, reply) => {
    await vi.waitUntil(() => !app.server.listening);
    return reply.send(stream);
  });
  await app.listen({ host: "127.0.0.1", port: 0 });
  port = (app.server.address() as AddressInfo).port;
});
afterEach(async () => {
  app.server.closeAllConnections();
  await app.close();
});

/** An answer that has begun, and goes on until its stream ends. */
async function answer(): Promise<IncomingMessage> {
  stream.write("first, ");
  return (await once(get({ port, agent }), "response"))[0];
}

it("does not wait for connections over which no request has come", async () => {
  const [silent, partial] = [connect(port, "127.0.0.1"), connect(port, "127.0.0.1")];
  partial.write("GET / HTTP/1.1\r\nhost: ");
  const gone = [silent, partial].map((socket) => new Promise((resolve) => socket.on("error", () => {}).once("close", resolve)));
  await expect.poll(() => new Promise((resolve) => app.server.getConnections((_error, count) => resolve(count)))).toBe(2);
  await app.close();
  await Promise.all(gone);
});

it("lets an answer that has begun come to its end, and ends its connection then, though the client would keep it", async () => {
  const response = await answer();
  const closed = app.close();
  stream.end("last");
  expect(await text(response)).toBe("first, last");
  await closed;
});

it.each(["/", "/late"])("does not wait for a client that reads no further (%s)", async (path) => {
  stream.write("x".repeat(20_000_000));
  const asked = once(app.server, "request");
  const socket = connect(port, "127.0.0.1").on("error", () => {});
  socket.write(`GET ${path} HTTP/1.1\r\nhost: a\r\n\r\n`);
  await asked;
  if (path === "/") await once(socket, "readable");
  await app.close();
  socket.destroy();
});

it("leaves a connection to further requests as long as the server does not close", async () => {
  const first = await answer();
  const { socket } = first;
  stream.end();
  await text(first);
  stream = new PassThrough();
  const second = await answer();
  expect(second.socket).toBe(socket);
  stream.end("last");
  expect(await text(second)).toBe("first, last");
});
