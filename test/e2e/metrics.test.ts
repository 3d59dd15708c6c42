import { afterAll, beforeAll, expect, test } from "vitest";
import { ask, type Gateway, samplePhoto, startGateway } from "../support/gateway.js";

const SEARCH = "query ($text: String) { searchProducts(text: $text, mode: SEMANTIC) { totalCount } }";
const INGEST = "mutation ($products: [ProductInput!]!) { ingestProducts(products: $products) { failedCount } }";

let gateway: Gateway;

beforeAll(async () => {
  gateway = await startGateway({ LIKENESS_METRICS_PORT: "0" });
});
afterAll(async () => await gateway.stop());

/** The samples of a metric, by their labels (https://prometheus.io/docs/instrumenting/exposition_formats/). */
async function samples(name: string): Promise<Record<string, number>> {
  const answer = await fetch(gateway.metricsUrl as string);
  expect(answer.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
  const lines = Array.from((await answer.text()).matchAll(/^(\w+)(?:\{(.*)\})? (\S+)$/gm));
  return Object.fromEntries(lines.filter(([, found]) => found === name).map(([, , labels = "", value]) => [labels, Number(value)]));
}

test("counts what is encoded and what needs no encode", async () => {
  await ask(gateway.url, SEARCH, { text: "a red kettle" });
  await ask(gateway.url, SEARCH, { text: "a red kettle" });
  expect(await samples("likeness_texts_encoded_total")).toEqual({ "": 1 });
  expect(await samples("likeness_encode_cache_hits_total")).toEqual({ "": 1 });
  expect(await samples("likeness_encode_batches_total")).toEqual({ "": 1 });
  expect(await samples("likeness_index_searches_total")).toEqual({ "": 2 });
  expect(await samples("likeness_encodes_waiting")).toEqual({ "": 0 });
});

test("counts products by what became of them, and their pictures", async () => {
  const imageBase64 = Buffer.from(await samplePhoto("zoltan-tasi-423051-unsplash.jpg")).toString("base64");
  const products = [{ id: "tripod", imageBase64 }, { id: "broken", imageBase64: "AAAA" }, { id: " " }];
  await ask(gateway.url, INGEST, { products });
  await ask(gateway.url, INGEST, { products });
  const counts = { 'status="CREATED"': 1, 'status="UPDATED"': 0, 'status="UNCHANGED"': 1, 'status="FAILED"': 4 };
  expect(await samples("likeness_products_total")).toEqual(counts);
  expect(await samples("likeness_images_encoded_total")).toEqual({ "": 1 });
});

test("counts errors by their code", async () => {
  await ask(gateway.url, "{ searchProducts(first: 0) { totalCount } }");
  await ask(gateway.url, '{ searchProducts(after: "no cursor") { totalCount } }');
  await ask(gateway.url, "{ nothing }");
  const found = { 'code="BAD_USER_INPUT"': 1, 'code="BAD_CURSOR"': 1, 'code="GRAPHQL_VALIDATION_FAILED"': 1 };
  expect(await samples("likeness_errors_total")).toEqual(found);
  // Before GraphQL runs, or beside it.
  for (const body of ["[".repeat(600_000), '[{"query":"{ __typename }"}]']) {
    await fetch(gateway.url, { method: "POST", headers: { "content-type": "application/json" }, body });
  }
  await fetch(gateway.url, { method: "DELETE" });
  const more = { 'code="QUERY_TOO_COMPLEX"': 1, 'code="BAD_REQUEST"': 1, 'code="NOT_FOUND"': 1 };
  expect(await samples("likeness_errors_total")).toEqual({ ...found, ...more });
});

test("times requests by route, whose number no client can raise", async () => {
  const before = await samples("likeness_request_duration_seconds_count");
  await fetch(new URL("/livez", gateway.url));
  for (const path of ["/a", "/b", `/pictures/${"0".repeat(64)}`, `/pictures/${"1".repeat(64)}`]) await fetch(new URL(path, gateway.url));
  const after = await samples("likeness_request_duration_seconds_count");
  const routes = Object.keys(after).filter((labels) => !(labels in before));
  expect(routes.sort()).toEqual([
    'method="GET",route="/livez",status="200"',
    'method="GET",route="/pictures/:file",status="404"',
    'method="GET",route="unknown",status="404"',
  ]);
});

test("tells of its process too, at no other path, and not at the gateway's own port", async () => {
  expect(await samples("process_resident_memory_bytes")).toEqual({ "": expect.any(Number) });
  expect((await fetch(new URL("/", gateway.metricsUrl as string))).status).toBe(404);
  expect((await fetch(new URL("/metrics", gateway.url))).status).toBe(404);
});
