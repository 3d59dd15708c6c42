import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { HeadObjectCommand } from "@aws-sdk/client-s3";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { S3Store } from "../../src/pictures/s3-store.js";
import { orNull, S3Bucket } from "../../src/s3-bucket.js";
import { S3Files } from "../../src/shared-files/s3-files.js";
import { endServer, listenOnLoopback } from "../support/loopback.js";

const NAME = "a".repeat(64);
const AWS = { AWS_REGION: "eu-west-1", AWS_ACCESS_KEY_ID: "key", AWS_SECRET_ACCESS_KEY: "secret", AWS_MAX_ATTEMPTS: "1" };

let answer: (response: ServerResponse) => void;
let stop: () => Promise<void>;
const options = { bucket: "shop", prefix: "some/", idleMs: 100 };

beforeEach(async () => {
  const server = createServer((_, response) => answer(response));
  const url = await listenOnLoopback(server);
  stop = () => endServer(server);
  for (const [name, value] of Object.entries({ ...AWS, AWS_ENDPOINT_URL_S3: url })) vi.stubEnv(name, value);
});
afterEach(async () => {
  await stop();
  vi.unstubAllEnvs();
});

test("its client gives up a connection that does not open, or over which nothing comes", async () => {
  answer = (response) => response.writeHead(404).end();
  const bucket = new S3Bucket({ bucket: "shop", prefix: "some/" });
  expect(await orNull(bucket.client.send(new HeadObjectCommand(bucket.at("picture"))))).toBeNull();
  const handler = bucket.client.config.requestHandler as unknown as { httpHandlerConfigs(): object };
  expect(handler.httpHandlerConfigs()).toMatchObject({ connectionTimeout: 5_000, socketTimeout: 30_000 });
});

describe.each([
  ["never answers", () => {}],
  ["stops in the midst of its answer", (response: ServerResponse) => void response.writeHead(200, { "content-length": 9 }).write("half")],
])("a bucket that %s", (_, silence) => {
  beforeEach(() => {
    answer = silence;
  });

  test("fails the reading of a picture", async () => {
    await expect(new S3Store(options).read(NAME)).rejects.toMatchObject({ name: "TimeoutError" });
  });

  test("fails the reading of an uploaded catalogue as IMPORTS_UNAVAILABLE", async () => {
    const read = async () => {
      const chunks = await new S3Files(options).read("job");
      return chunks && (await buffer(chunks));
    };
    await expect(read()).rejects.toMatchObject({ code: "IMPORTS_UNAVAILABLE", cause: { name: "TimeoutError" } });
  });
});

test("a bucket that never answers fails what is written and looked for, too", async () => {
  answer = () => {};
  const folder = await mkdtemp(join(tmpdir(), "likeness-s3-"));
  await writeFile(join(folder, "shop.ndjson"), "{}");
  const [store, files] = [new S3Store(options), new S3Files(options)];
  await expect(store.write(NAME, Buffer.from("picture"))).rejects.toMatchObject({ name: "TimeoutError" });
  await expect(store.list().next()).rejects.toMatchObject({ name: "TimeoutError" });
  await expect(files.write("job", join(folder, "shop.ndjson"))).rejects.toMatchObject({ code: "IMPORTS_UNAVAILABLE" });
  await expect(files.has("job")).rejects.toMatchObject({ code: "IMPORTS_UNAVAILABLE" });
  await rm(folder, { recursive: true });
});
