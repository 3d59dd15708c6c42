import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { type IncomingMessage, request } from "node:http";
import { connect } from "node:net";
import { json } from "node:stream/consumers";
import type { FastifyInstance } from "fastify";
import { pino } from "pino";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Embedding, normalize } from "../../src/domain/embedding.js";
import { LikenessError } from "../../src/domain/errors.js";
import type { Encoder, Outcome } from "../../src/domain/ports.js";
import { createEncoderServer, type EncodeType } from "../../src/encoder-server/create-encoder-server.js";
import { readModelCard } from "../../src/encoders/sagemaker/contract/model-card.js";
import { packPictures } from "../../src/encoders/sagemaker/contract/picture-batch.js";
import { createPictures } from "../../src/pictures/pictures.js";
import { startEncoderProcess } from "../support/encoder-process.js";

/** Embeds by length; "bug", "busy", "bad" and more than three pictures fail, each in its own way. */
const encoder: Encoder = {
  kind: "lengths",
  modelId: "längen@1",
  dimension: 2,
  encodeTexts: async (texts) => texts.map(embed),
  encodeImages: async (images) => images.map((bytes) => (images.length > 3 ? embed("busy") : normalize([bytes.byteLength, 1]))),
  close: async () => {},
};

function embed(text: string): Outcome<Embedding> {
  if (text === "bug") return new TypeError("secret at /opt/ml/model");
  if (text === "busy") return new LikenessError("OVERLOADED", "Too many are waiting.");
  if (text === "bad") return new LikenessError("ENCODER_UNAVAILABLE", "The model gave numbers that are not finite.");
  return normalize([text.length, 1]);
}

const lines: string[] = [];
const servers: FastifyInstance[] = [];

async function serve(encodeType?: EncodeType): Promise<string> {
  const log = pino({ level: "info" }, { write: (line: string) => lines.push(line) });
  const pictures = createPictures({ maxBytes: 1e7, maxPixels: 5_000_000, timeoutMs: 1000, allowPrivateUrls: false });
  const server = createEncoderServer({ encoder, pictures, log, ...(encodeType ? { encodeType } : {}) });
  servers.push(server);
  return server.listen({ host: "127.0.0.1", port: 0 });
}

const invoke = (url: string, type: string, body: string | Uint8Array) =>
  fetch(`${url}/invocations`, { method: "POST", headers: { "content-type": type }, body: Uint8Array.from(Buffer.from(body)) });
const invokeTexts = (url: string, ...inputs: string[]) => invoke(url, "application/json", JSON.stringify({ inputs }));

let url: string;
let photo: Uint8Array;
beforeAll(async () => {
  url = await serve();
  photo = await readFile("test/fixtures/images/rgb.jpg");
});
afterAll(() => Promise.all(servers.map((server) => server.close())));

describe("the container's contract", () => {
  it("answers a ping, and a list of texts with a vector each", async () => {
    expect((await fetch(`${url}/ping`)).status).toBe(200);
    const answer = await invokeTexts(url, "a", "bbb");
    expect(answer.status).toBe(200);
    expect(answer.headers.get("content-type")).toMatch(/^application\/json/);
    const rows = (await answer.json()) as number[][];
    expect(rows.map((row) => Float32Array.from(row))).toEqual([normalize([1, 1]), normalize([3, 1])]);
    expect(await (await invokeTexts(url)).json()).toEqual([]);
  });

  it("takes a media type in any case, with parameters", async () => {
    expect((await invoke(url, "Application/JSON; charset=utf-8", '{"inputs":["a"]}')).status).toBe(200);
  });

  it("answers the bytes of a picture with [[…]]", async () => {
    const answer = await invoke(url, "application/x-image", photo);
    expect(Float32Array.from(((await answer.json()) as number[][])[0] as number[])).toEqual(normalize([photo.byteLength, 1]));
  });

  it("answers many pictures in one call, an error at the place of a bad one", async () => {
    const svg = Buffer.from("<svg/>");
    const huge = await sharp({ create: { width: 3000, height: 3000, channels: 3, background: "red" } })
      .png()
      .toBuffer();
    const answer = await invoke(url, "application/vnd.likeness.pictures", packPictures([photo, svg, huge, photo, new Uint8Array()]));
    expect(await answer.json()).toEqual([
      expect.any(Array),
      { error: { code: "NOT_AN_IMAGE", message: expect.stringContaining("SVG") } },
      { error: { code: "IMAGE_TOO_LARGE", message: expect.any(String) } },
      expect.any(Array),
      { error: { code: "NOT_AN_IMAGE", message: expect.any(String) } },
    ]);
    expect(await (await invoke(url, "application/vnd.likeness.pictures", new Uint8Array())).json()).toEqual([]);
  });

  it("says in a header what it is, in ASCII", async () => {
    const attributes = (await invokeTexts(url, "a")).headers.get("x-amzn-sagemaker-custom-attributes") as string;
    expect(attributes).toMatch(/^[\x20-\x7e]{1,1024}$/);
    expect(readModelCard(attributes)).toEqual({ modelId: "längen@1", dimension: 2, picturesPerCall: 64 });
  });

  it.each([
    ["TEXT", "application/x-image"],
    ["TEXT", "application/vnd.likeness.pictures"],
    ["IMAGE", "application/json"],
  ] as const)("with ENCODE_TYPE=%s refuses %s", async (encodeType, type) => {
    expect((await invoke(await serve(encodeType), type, "{}")).status).toBe(415);
  });

  it("says which content types it takes", async () => {
    const answer = await invoke(await serve("TEXT"), "application/x-image", "{}");
    expect(await answer.json()).toMatchObject({
      message: "The content-type is application/x-image; this server takes application/json.",
    });
  });
});

describe("bad requests", () => {
  const MANY = JSON.stringify({ inputs: new Array(1025).fill("a") });
  it.each([
    ["no JSON", "application/json", '{"inputs": [', 400, "BAD_USER_INPUT"],
    ["no list", "application/json", '{"inputs": "a"}', 400, "BAD_USER_INPUT"],
    ["numbers", "application/json", '{"inputs": [1]}', 400, "BAD_USER_INPUT"],
    ["nothing", "application/json", "null", 400, "BAD_USER_INPUT"],
    ["too many texts", "application/json", MANY, 400, "BAD_USER_INPUT"],
    ["another media type", "text/csv", "a,b", 415, "BAD_USER_INPUT"],
    ["a broken picture", "application/x-image", "no picture", 400, "NOT_AN_IMAGE"],
    ["an SVG", "application/x-image", "<svg/>", 400, "NOT_AN_IMAGE"],
    ["lengths that do not add up", "application/vnd.likeness.pictures", "\u0000\u0000\u0000\u0009abc", 400, "BAD_USER_INPUT"],
    ["too many pictures", "application/vnd.likeness.pictures", "\u0000".repeat(65 * 4), 400, "BAD_USER_INPUT"],
    ["too much", "application/x-image", "x".repeat(25 * 1024 * 1024 + 1), 413, "UPLOAD_TOO_LARGE"],
  ])("%s is refused by code", async (_, type, body, status, code) => {
    const answer = await invoke(url, type, body);
    expect({ status: answer.status, body: await answer.json() }).toEqual({ status, body: { code, message: expect.any(String) } });
  });

  it.each([
    ["busy", 429, "OVERLOADED"],
    ["bad", 503, "ENCODER_UNAVAILABLE"],
  ])("an encoder that is %s is told by status", async (text, status, code) => {
    const answer = await invokeTexts(url, "a", text);
    expect({ status: answer.status, body: await answer.json() }).toMatchObject({ status, body: { code } });
  });

  it("an overload is of the whole call, which can be sent again, and of no picture", async () => {
    const answer = await invoke(url, "application/vnd.likeness.pictures", packPictures([photo, photo, photo, photo]));
    expect({ status: answer.status, body: await answer.json() }).toMatchObject({ status: 429, body: { code: "OVERLOADED" } });
  });

  it("a bug is masked, and logged whole under the request's id", async () => {
    lines.length = 0;
    const answer = await invokeTexts(url, "bug");
    expect(answer.status).toBe(500);
    expect(await answer.text()).not.toContain("secret");
    await expect.poll(() => lines.length).toBe(2);
    const [error, line] = lines.map((each) => JSON.parse(each));
    expect(error).toMatchObject({ requestId: line.requestId, err: { message: "secret at /opt/ml/model" } });
    expect(line).toMatchObject({ method: "POST", path: "/invocations", status: 500 });
  });

  it("what the router refuses has its line in the log too", async () => {
    lines.length = 0;
    expect((await fetch(`${url}/ping%zz`)).status).toBe(400);
    await expect.poll(() => lines.map((each) => JSON.parse(each))).toMatchObject([{ method: "GET", path: "/ping%zz", status: 400 }]);
  });
});

it("does not wait at its end for a connection over which no request came", async () => {
  const address = await serve();
  const socket = connect(Number(new URL(address).port), "127.0.0.1");
  const gone = new Promise((resolve) => socket.on("error", () => {}).once("close", resolve));
  const server = servers.pop() as FastifyInstance;
  await expect.poll(() => new Promise((resolve) => server.server.getConnections((_error, count) => resolve(count)))).toBe(1);
  await server.close();
  await gone;
}, 5_000);

describe("likeness encoder-server", () => {
  it("starts as SageMaker starts it, and at SIGTERM finishes what is under way", async () => {
    const { url: address, end } = await startEncoderProcess({ LIKENESS_MODEL: "test/fixtures/tiny-clip", ENCODE_TYPE: "TEXT" });
    expect((await fetch(`${address}/ping`)).status).toBe(200);
    const headers = { "content-type": "application/json", expect: "100-continue" };
    const underWay = request(`${address}/invocations`, { method: "POST", headers });
    underWay.flushHeaders();
    // The server has the request, and waits for its body.
    await once(underWay, "continue");
    const ended = end("SIGTERM");
    await expect
      .poll(
        () =>
          fetch(`${address}/ping`).then(
            () => "answers",
            () => "refuses",
          ),
        { timeout: 20_000 },
      )
      .toBe("refuses");
    underWay.end(JSON.stringify({ inputs: ["a", "b"] }));
    const [answer] = (await once(underWay, "response")) as [IncomingMessage];
    expect(answer.statusCode).toBe(200);
    expect(await json(answer)).toHaveLength(2);
    expect(await ended).toBe(0);
  });
});
