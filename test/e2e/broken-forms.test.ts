import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import { ask, type Gateway, samplePhoto, startGateway } from "../support/gateway.js";

const BOUNDARY = "cut";
const QUERY =
  "query ($image: Upload, $more: Upload) { a: searchProducts(image: $image) { totalCount } b: searchProducts(image: $more) { totalCount } }";

let gateway: Gateway;
let form: Buffer;
beforeAll(async () => {
  gateway = await startGateway({ LIKENESS_MODEL: "test/fixtures/tiny-clip" });
  const photo = Buffer.from(await samplePhoto("andres-jasso-220776-unsplash.jpg")).subarray(0, 2_000);
  const part = (name: string, value: string | Buffer, file = "") => [
    Buffer.from(`--${BOUNDARY}\r\nContent-Disposition: form-data; name="${name}"${file && `; filename="${file}"`}\r\n\r\n`),
    Buffer.from(value),
    Buffer.from("\r\n"),
  ];
  form = Buffer.concat([
    ...part("operations", JSON.stringify({ query: QUERY, variables: { image: null, more: null } })),
    ...part("map", JSON.stringify({ 0: ["variables.image"], 1: ["variables.more"] })),
    ...part("0", photo, "a.jpg"),
    ...part("1", photo, "b.jpg"),
    Buffer.from(`--${BOUNDARY}--\r\n`),
  ]);
});
afterAll(() => gateway?.stop());

/** What may take the place of some bytes of a form: what ends its lines, names and JSON, and parts of itself. */
const inserted = fc.constantFrom(
  "",
  "\r\n",
  "\r\n\r\n",
  ":",
  '"',
  "\0",
  "{",
  "}",
  "[]",
  "null",
  "variables",
  "0",
  `--${BOUNDARY}`,
  `--${BOUNDARY}--`,
  "name=",
);
/** Most changes are to the heads of the parts: the bytes of a picture matter little. */
const change = fc.record({ at: fc.nat({ max: 700 }), fromEnd: fc.boolean(), removed: fc.nat({ max: 60 }), inserted });

function changed(changes: readonly { at: number; fromEnd: boolean; removed: number; inserted: string }[]): Buffer {
  return changes.reduce((bytes, { at, fromEnd, removed, inserted: text }) => {
    const start = Math.max(0, Math.min(bytes.length, fromEnd ? bytes.length - at : at));
    return Buffer.concat([bytes.subarray(0, start), Buffer.from(text), bytes.subarray(start + removed)]);
  }, form);
}

it("no broken form ends the process, hangs, or is taken for a fault of the gateway's", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 4 }), async (changes) => {
      const response = await fetch(gateway.url, {
        method: "POST",
        headers: { "content-type": `multipart/form-data; boundary=${BOUNDARY}`, "apollo-require-preflight": "1" },
        body: Uint8Array.from(changed(changes)),
        signal: AbortSignal.timeout(20_000),
      });
      const text = await response.text();
      expect(response.status, text).toBeLessThan(500);
      expect(text).not.toContain("INTERNAL_SERVER_ERROR");
      JSON.parse(text);
    }),
    { numRuns: 300 },
  );
  expect(await ask(gateway.url, "{ catalog { productCount } }")).toMatchObject({ status: 200, data: { catalog: { productCount: 0 } } });
});
