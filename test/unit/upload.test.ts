import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readMultipart, type UploadLimits } from "../../src/graphql/upload.js";

const limits = { maxFileBytes: 100, maxRequestBytes: 1_000, maxFiles: 3 } as UploadLimits;
let server: Server;

beforeAll(async () => {
  server = createServer(async (request, response) => {
    try {
      const operations = await readMultipart(request, limits);
      response.end(JSON.stringify(operations, (_name, value) => (value && "promise" in Object(value) ? "an upload" : value)));
    } catch (error) {
      response.writeHead((error as { status: number }).status).end(String(error));
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});

afterAll(() => void server.close());

async function send(operations: unknown, map: unknown): Promise<{ status: number; text: string }> {
  const form = new FormData();
  form.set("operations", JSON.stringify(operations));
  form.set("map", JSON.stringify(map));
  form.set("0", new Blob(["hi"]), "a.txt");
  const response = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, { method: "POST", body: form });
  return { status: response.status, text: await response.text() };
}

test("puts a file where the map has it, in lists and in inputs", async () => {
  const found = await send(
    { variables: { image: null, products: [{ images: [null] }] } },
    { 0: ["variables.image", "variables.products.0.images.0"] },
  );
  expect(found).toEqual({ status: 200, text: '{"variables":{"image":"an upload","products":[{"images":["an upload"]}]}}' });
});

test.each([
  "hasOwnProperty.call",
  "variables.toString.apply",
  "variables.image.toString.call",
  "query.slice.call",
  "variables.list.push.call",
  "variables.__proto__.call",
])("refuses the path %s, which leads out of the operation, and changes nothing of the process", async (path) => {
  const before = [Object.prototype.hasOwnProperty, Object.prototype.toString, String.prototype.slice, Array.prototype.push].map(
    Object.keys,
  );
  const { status, text } = await send({ query: "{ a }", variables: { image: null, list: [] } }, { 0: ["variables.image", path] });
  const after = [Object.prototype.hasOwnProperty, Object.prototype.toString, String.prototype.slice, Array.prototype.push].map(Object.keys);
  expect(status).toBe(400);
  expect(text).toContain("'map'");
  expect(after).toEqual(before);
});
