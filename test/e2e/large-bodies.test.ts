import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { askWithFiles, type Gateway, startGateway } from "../support/gateway.js";

const MAX_BYTES = 2_000_000;
const BODY = JSON.stringify({ query: "{ __typename }" });
const DONE = { status: 200, code: undefined };
const OVERLOADED = { status: 503, code: "OVERLOADED" };

let gateway: Gateway;

beforeAll(async () => {
  gateway = await startGateway({ LIKENESS_MAX_BODIES_BYTES: String(MAX_BYTES) });
});
afterAll(async () => await gateway.stop());

/** A request of so many bytes, most of which mean nothing; by chunks where its length is not to be told. */
async function send(bytes: number, isChunked = false, url = gateway.url): Promise<{ status: number; code: string | undefined }> {
  const text = BODY.padEnd(bytes);
  const body = isChunked ? new Blob([text]).stream() : text;
  const headers = { "content-type": "application/json", accept: "application/json, text/event-stream" };
  const response = await fetch(url, { method: "POST", headers, body, ...(isChunked && { duplex: "half" }) });
  const { errors } = (await response.json()) as { errors?: [{ extensions: { code: string } }] };
  return { status: response.status, code: errors?.[0].extensions.code };
}

/** A request of which all has come but its last byte, once there is no room for another; it begins anew if one before it had not ended. */
async function hold(bytes: number): Promise<Socket> {
  for (;;) {
    const socket = await sendMost(bytes);
    let isRefused = false;
    socket.once("data", () => {
      isRefused = true;
    });
    while (!isRefused) if ((await send(1_000_000)).code === "OVERLOADED") return socket.removeAllListeners("data");
    socket.destroy();
  }
}

async function sendMost(bytes: number): Promise<Socket> {
  const { hostname, port } = new URL(gateway.url);
  const socket = connect(Number(port), hostname);
  await once(socket, "connect");
  socket.write(`POST /graphql HTTP/1.1\r\nhost: ${hostname}\r\ncontent-type: application/json\r\ncontent-length: ${bytes}\r\n\r\n`);
  await new Promise((resolve) => socket.write(BODY.padEnd(bytes - 1), resolve));
  return socket;
}

test.each([false, true])("what no memory is left for is refused, and taken once there is some (chunked: %s)", async (isChunked) => {
  const held = await hold(1_500_000);
  expect(await send(1_000_000, isChunked)).toEqual(OVERLOADED);
  expect(await send(10_000, isChunked)).toEqual(DONE);
  const query = "query ($image: Upload) { searchProducts(image: $image) { totalCount } }";
  const picture = { paths: ["variables.image"], bytes: new Uint8Array(600_000) };
  const form = await askWithFiles(gateway.url, { query, variables: { image: null } }, [picture]);
  expect(form).toMatchObject({ errors: [{ extensions: { code: "OVERLOADED" } }] });
  held.write(" ");
  const [answer] = (await once(held, "data")) as [Buffer];
  expect(answer.toString()).toMatch(/^HTTP\/1\.1 200 /);
  held.destroy();
  await vi.waitFor(async () => expect(await send(1_000_000, isChunked)).toEqual(DONE), 10_000);
});

test("a client that breaks off gives its memory back", async () => {
  (await hold(1_500_000)).destroy();
  await vi.waitFor(async () => expect(await send(1_000_000)).toEqual(DONE), 10_000);
});

test("no request is larger than all may be together", async () => {
  expect(await send(MAX_BYTES + 1)).toEqual({ status: 413, code: "UPLOAD_TOO_LARGE" });
});

test("a subscription, which is open for long, takes little", async () => {
  expect(await send(100_000, false, `${gateway.url}/stream`)).toEqual({ status: 413, code: "UPLOAD_TOO_LARGE" });
});
