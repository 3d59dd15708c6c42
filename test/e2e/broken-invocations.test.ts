import { readFile } from "node:fs/promises";
import { type IncomingMessage, request } from "node:http";
import { text } from "node:stream/consumers";
import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type EncoderServerCommandOptions, startEncoderServer } from "../../src/cli/encoder-server.js";
import { packPictures } from "../../src/encoders/sagemaker/contract/picture-batch.js";

const TEXTS = ["a red shoe", 'a "lamp", \\ brass'];

let server: Awaited<ReturnType<typeof startEncoderServer>>;
let bodies: Readonly<Record<string, Buffer>>;
/** What the texts are answered with where nothing is broken. */
let rows: unknown;
beforeAll(async () => {
  const options: EncoderServerCommandOptions = { host: "127.0.0.1", port: 0 };
  server = await startEncoderServer({ LIKENESS_MODEL: "test/fixtures/tiny-clip", LIKENESS_LOG_LEVEL: "silent" }, options);
  const [photo, icon] = await Promise.all(["grey.jpg", "one-pixel.png"].map((name) => readFile(`test/fixtures/images/${name}`)));
  bodies = {
    "application/json": Buffer.from(JSON.stringify({ inputs: TEXTS })),
    "application/x-image": icon as Buffer,
    "application/vnd.likeness.pictures": Buffer.from(packPictures([icon as Buffer, photo as Buffer])),
  };
  rows = JSON.parse((await invoke("application/json", bodies["application/json"] as Buffer, {}))?.body ?? "");
});
afterAll(() => server?.stop());

interface Sending {
  readonly headers?: Record<string, string>;
  /** Says more bytes than come, and goes. */
  readonly cut?: boolean;
}

/** Null where the client goes before it is answered, or the server ends the connection. */
async function invoke(type: string, body: Buffer, { headers, cut }: Sending): Promise<{ status: number; body: string } | null> {
  const length = String(body.length + (cut ? 1 : 0));
  const sent = request(`${server.url}/invocations`, {
    method: "POST",
    headers: { "content-type": type, "content-length": length, ...headers },
  });
  const answered = new Promise<IncomingMessage | null>((resolve) => {
    sent.on("response", resolve).on("error", () => resolve(null));
  });
  if (cut) sent.write(body, () => sent.destroy());
  else sent.end(body);
  const answer = await answered;
  return answer && { status: answer.statusCode ?? 0, body: await text(answer) };
}

const inserted = fc.oneof(
  fc.constantFrom(...'[]{}",:\\\n\0', "null", '"inputs"', '{"inputs":[]}', "\\ud800").map((each) => Buffer.from(each)),
  fc.uint8Array({ maxLength: 8 }).map((bytes) => Buffer.from(bytes)),
);
const change = fc.record({ at: fc.nat({ max: 400 }), removed: fc.nat({ max: 40 }), inserted });
const changes = fc.array(change, { maxLength: 4 });
const types = fc.constantFrom("application/json", "application/x-image", "application/vnd.likeness.pictures");
const headers = fc.constantFrom<Record<string, string>>(
  {},
  {},
  { "content-encoding": "gzip" },
  { "content-type": "Application/JSON ; charset=latin1" },
  { "content-type": "text/plain" },
  { "content-type": ";" },
  { expect: "100-continue" },
);

it("no broken call ends the server, hangs, is taken for its own fault, or gets into the answer of another", async () => {
  const url = `${server.url}/invocations`;
  await fc.assert(
    fc.asyncProperty(types, changes, headers, fc.boolean(), async (type, made, given, cut) => {
      const body = made.reduce(
        (bytes, { at, removed, inserted: more }) => Buffer.concat([bytes.subarray(0, at), more, bytes.subarray(at + removed)]),
        bodies[type] as Buffer,
      );
      const good = fetch(url, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ inputs: TEXTS }),
        signal: AbortSignal.timeout(20_000),
      });
      const answer = await invoke(type, body, { headers: given, cut: cut && made.length > 2 });
      if (answer) {
        expect(answer.status, answer.body).toBeLessThan(500);
        const told: unknown = JSON.parse(answer.body);
        if (answer.status !== 200) expect(told).toEqual({ code: expect.stringMatching(/^[A-Z_]+$/), message: expect.any(String) });
      }
      expect(await (await good).json()).toEqual(rows);
    }),
    { numRuns: 300 },
  );
});

it.each([
  ["lists in lists", "[".repeat(1_000_000)],
  ["empty objects", `{"inputs":[${"{},".repeat(300_000)}{}]}`],
  ["numbers", `{"inputs":[${"1,".repeat(300_000)}1]}`],
  ["bytes that are not UTF-8", Buffer.from('{"inputs":["caf\xe9"]}', "latin1")],
])("refuses %s", async (_name, body) => {
  const answer = await invoke("application/json", Buffer.from(body), {});
  expect(answer?.status).toBe(400);
  expect(JSON.parse(answer?.body ?? "")).toMatchObject({
    code: "BAD_USER_INPUT",
    message: 'The body must be JSON in UTF-8 of the form {"inputs": ["a text", …]}, with at most 1024 texts.',
  });
});

it.each(["/", "/invocations/", "/ping%zz"])("has nothing at %s, and says so in the form of its errors", async (path) => {
  const answer = await fetch(server.url + path);
  expect(await answer.json()).toEqual({ code: expect.stringMatching(/^(NOT_FOUND|BAD_USER_INPUT)$/), message: expect.any(String) });
  expect(answer.status).toBeLessThan(500);
});
