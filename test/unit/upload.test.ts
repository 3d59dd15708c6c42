import { mkdtemp, rm } from "node:fs/promises";
import { Agent, createServer, request, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { HeldBytes } from "../../src/graphql/held-bytes.js";
import { readMultipart, type UploadLimits } from "../../src/graphql/upload.js";
import { readFile, spoolFile, type UploadedFile } from "../../src/graphql/uploaded-file.js";
import { Spool } from "../../src/jobs/spool.js";
import { listenOnLoopback } from "../support/loopback.js";

const limits = { maxFileBytes: 100, maxRequestBytes: 2_000_000, maxFiles: 3 } as UploadLimits;
let server: Server;
let url: string;

beforeAll(async () => {
  server = createServer(async (request, response) => {
    try {
      const operations = await readMultipart(request, limits, { mayWrite: true }, new HeldBytes(limits.maxRequestBytes).share());
      response.end(JSON.stringify(operations, (_name, value) => (value && "promise" in Object(value) ? "an upload" : value)));
    } catch (error) {
      response.writeHead((error as { status?: number }).status ?? 400).end(String(error));
    }
  });
  url = await listenOnLoopback(server);
});

afterAll(() => void server.close());

const DECLARING = "query ($image: Upload, $other: Upload, $list: [Upload]) { a }";

async function send(operations: unknown, map: unknown): Promise<{ status: number; text: string }> {
  const form = new FormData();
  form.set("operations", JSON.stringify(operations));
  form.set("map", JSON.stringify(map));
  form.set("0", new Blob(["hi"]), "a.txt");
  const response = await fetch(url, { method: "POST", body: form });
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
  "variables.list.0",
  "variables.list.4294967294",
])("refuses the path %s, which leads out of the operation, and changes nothing of the process", async (path) => {
  const before = [Object.prototype.hasOwnProperty, Object.prototype.toString, String.prototype.slice, Array.prototype.push].map(
    Object.keys,
  );
  const { status, text } = await send({ query: DECLARING, variables: { image: null, list: [] } }, { 0: ["variables.image", path] });
  const after = [Object.prototype.hasOwnProperty, Object.prototype.toString, String.prototype.slice, Array.prototype.push].map(Object.keys);
  expect(status).toBe(400);
  expect(text).toContain("'map'");
  expect(after).toEqual(before);
});

test.each([
  ["variables.img", 'a file goes to a variable of the operation: "variables.image", "variables.other", "variables.list".'],
  ["image", 'a file goes to a variable of the operation: "variables.image", "variables.other", "variables.list".'],
  ["variables.list.a.b", 'operations has no "variables.list.a".'],
])("says why a file cannot be put at %s, where no resolver would find it", async (path, why) => {
  const { status, text } = await send({ query: DECLARING, variables: { image: null, list: [] } }, { 0: [path] });
  expect(status).toBe(400);
  expect(text).toBe(`LikenessError: The form's 'map' puts file "0" at "${path}", but ${why}`);
});

test("refuses a document that is too long before it looks for variables in it", async () => {
  const { status, text } = await send(
    { query: `${DECLARING}${"\n".repeat(20_000)}`, variables: { image: null } },
    { 0: ["variables.image"] },
  );
  expect([status, text]).toEqual([400, expect.stringContaining("The operation has more than 10000 lines")]);
});

test("says that an operation has no variables, in its text or beside it", async () => {
  const undeclared = await send({ query: "{ a }", variables: { image: null } }, { 0: ["variables.image"] });
  expect(undeclared.text).toContain("but the operation has no variables.");
  const unsent = await send({ query: DECLARING }, { 0: ["variables.image"] });
  expect(unsent.text).toContain('but operations has no "variables".');
});

test("says what to do about a form whose content-type names no boundary", async () => {
  const response = await fetch(url, { method: "POST", body: "hello", headers: { "content-type": "multipart/form-data" } });
  expect(response.status).toBe(400);
  expect(await response.text()).toContain("leave that header out, and your client sets it");
});

const part = (name: string, value: string, file = "") =>
  `--cut\r\nContent-Disposition: form-data; name="${name}"${file && `; filename="${file}"`}\r\n\r\n${value}\r\n`;
const OPERATIONS = part("operations", JSON.stringify({ query: DECLARING, variables: { image: null, other: null } }));
const END = "--cut--\r\n";

/** Sends a form as it stands; one after the other over the same connection where an agent keeps it. */
function sendRaw(form: string, agent?: Agent): Promise<{ status: number | undefined; text: string }> {
  const headers = { "content-type": "multipart/form-data; boundary=cut", "content-length": Buffer.byteLength(form) };
  return new Promise((resolve, reject) => {
    const sent = request(url, { method: "POST", headers, ...(agent && { agent }) }, async (response) => {
      resolve({ status: response.statusCode, text: (await response.toArray()).join("") });
    });
    sent.on("error", reject).end(form);
  });
}

test.each([
  ["is empty", END],
  ["is none", "hello"],
  ["has a part whose header is broken", OPERATIONS.replace(":", "")],
  ["ends in its operations", OPERATIONS.slice(0, -20)],
])("refuses a form that %s, and goes on", async (_name, form) => {
  const refused = {
    status: 400,
    text: "LikenessError: The form is empty or broken: send operations, map and files, as the GraphQL multipart request spec has them.",
  };
  expect(await sendRaw(form)).toEqual(refused);
});

test.each([
  ["comes before operations", part("map", '{"0":["variables.image"]}') + OPERATIONS, "'map' should follow 'operations'"],
  [
    "follows operations that are no JSON",
    part("operations", "{") + part("map", '{"0":["variables.image"]}'),
    "Invalid JSON in the 'operations'",
  ],
])("says what is wrong with a form whose map %s", async (_name, form, message) => {
  expect(await sendRaw(form + END)).toEqual({ status: 400, text: expect.stringContaining(message) });
});

test("refuses a path that two files have", async () => {
  const { status, text } = await sendRaw(OPERATIONS + part("map", '{"0":["variables.image"],"1":["variables.image"]}') + END);
  expect(status).toBe(400);
  expect(text).toContain("'map'");
});

test.each([
  ["without a path", part("map", '{"0":[]}')],
  ["of a name that was there already", part("map", '{"0":["variables.image"]}') + part("0", "first", "a.jpg")],
])("passes over a file %s, so that the connection can be used again", async (_name, ahead) => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const form = OPERATIONS + ahead + part("0", "x".repeat(300_000), "b.jpg") + END;
  const answers = [await sendRaw(form, agent), await sendRaw(form, agent)];
  expect(answers.map(({ status }) => status)).toEqual([200, 200]);
  agent.destroy();
});

test("refuses fields that are more together than there is room for", async () => {
  const operations = JSON.stringify({ query: "{ a }", padding: "x".repeat(1_500_000) });
  const { status, text } = await sendRaw(part("operations", operations) + part("map", `{${" ".repeat(500_000)}}`) + END);
  expect([status, text]).toEqual([400, expect.stringContaining("Too many large requests are under way")]);
});

test("refuses more files than are allowed", async () => {
  const names = [0, 1, 2, 3];
  const operations = JSON.stringify({ query: DECLARING, variables: { list: names.map(() => null) } });
  const map = JSON.stringify(Object.fromEntries(names.map((i) => [i, [`variables.list.${i}`]])));
  const { status } = await sendRaw(
    part("operations", operations) + part("map", map) + names.map((i) => part(`${i}`, "x", "a.jpg")).join("") + END,
  );
  expect(status).toBe(413);
});

describe("the files of a request", () => {
  const file = (bytes: number): UploadedFile => ({ filename: "a.jpg", createReadStream: () => Readable.from([Buffer.alloc(bytes)]) });
  const budget = (held = new HeldBytes(100)) => ({ maxFileBytes: 10, maxRequestBytes: 15, leftBytes: 15, held: held.share() });

  test("may each be as large as is allowed", async () => {
    expect(await readFile(file(10), budget())).toHaveLength(10);
    await expect(readFile(file(11), budget())).rejects.toMatchObject({
      code: "UPLOAD_TOO_LARGE",
      message: expect.stringContaining("a.jpg"),
    });
  });

  test("may be as large together as is allowed", async () => {
    const held = new HeldBytes(20);
    const shared = budget(held);
    expect(await readFile(file(10), shared)).toHaveLength(10);
    expect(await readFile(file(5), shared)).toHaveLength(5);
    await expect(readFile(file(1), shared)).rejects.toMatchObject({
      code: "UPLOAD_TOO_LARGE",
      message: "The files of the request are too large together; at most 15 bytes are allowed.",
    });
    // What is refused is not held.
    expect(held.share().take(5)).toBe(true);
  });

  test("are read to their end also where a catalogue is refused, so that its request can go on", async () => {
    const folder = await mkdtemp(join(tmpdir(), "likeness-upload-"));
    const stream = Readable.from(Array.from({ length: 100 }, () => Buffer.alloc(10)));
    const spooled = spoolFile({ filename: "shop.csv", createReadStream: () => stream }, await Spool.open(folder, 15));
    await expect(spooled).rejects.toMatchObject({ code: "UPLOAD_TOO_LARGE" });
    expect(stream.readableEnded).toBe(true);
    await rm(folder, { recursive: true });
  });
});

test("what still comes of a request that has ended takes no room from others", () => {
  const all = new HeldBytes(10);
  const share = all.share();
  expect([share.take(10), all.share().take(1)]).toEqual([true, false]);
  share.end();
  expect([share.take(10), all.share().take(10)]).toEqual([true, true]);
});

test("takes an operation of more than a million characters", async () => {
  const { status } = await sendRaw(
    part("operations", JSON.stringify({ query: "{ a }", padding: "x".repeat(1_100_000) })) + part("map", "{}") + END,
  );
  expect(status).toBe(200);
});
