import { once } from "node:events";
import { connect } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ask, type Gateway, samplePhoto, startGateway } from "../support/gateway.js";

const SEARCH = "query ($text: String) { searchProducts(text: $text, mode: SEMANTIC) { totalCount } }";
const INGEST = "mutation ($products: [ProductInput!]!) { ingestProducts(products: $products) { failedCount } }";

const REQUESTS = "likeness_request_duration_seconds_count";
const ERRORS = "likeness_errors_total";
const FOLLOW = 'subscription { ingestJobProgress(id: "none") { state } }';

let gateway: Gateway;

beforeAll(async () => {
  gateway = await startGateway({ LIKENESS_METRICS_PORT: "0" });
});
afterAll(async () => await gateway.stop());

/** The samples of a metric, by their labels (https://prometheus.io/docs/instrumenting/exposition_formats/). */
async function samples(name: string, { metricsUrl } = gateway): Promise<Record<string, number>> {
  const answer = await fetch(metricsUrl as string);
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
  expect(await samples(ERRORS)).toEqual(found);
  // Before GraphQL runs, or beside it.
  for (const body of ["[".repeat(600_000), '[{"query":"{ __typename }"}]']) {
    await fetch(gateway.url, { method: "POST", headers: { "content-type": "application/json" }, body });
  }
  await fetch(gateway.url, { method: "DELETE" });
  const more = { 'code="QUERY_TOO_COMPLEX"': 1, 'code="BAD_REQUEST"': 1, 'code="NOT_FOUND"': 1 };
  expect(await samples(ERRORS)).toEqual({ ...found, ...more });
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

/** How far a metric's samples have risen since `before`. */
async function risen(name: string, before: Record<string, number>): Promise<Record<string, number>> {
  const rises = Object.entries(await samples(name)).map(([labels, value]) => [labels, value - (before[labels] ?? 0)] as const);
  return Object.fromEntries(rises.filter(([, rise]) => rise > 0));
}

test("counts errors that come before GraphQL runs, or without it", async () => {
  const before = await samples(ERRORS);
  await fetch(gateway.url, { method: "POST", headers: { "content-type": "application/json" }, body: "{" });
  await fetch(new URL("/nowhere", gateway.url));
  const follow = await fetch(`${gateway.url}/stream?query=${encodeURIComponent(FOLLOW)}`, { headers: { accept: "text/event-stream" } });
  expect(await follow.text()).toContain("NOT_FOUND");
  expect(await risen(ERRORS, before)).toEqual({ 'code="BAD_USER_INPUT"': 1, 'code="NOT_FOUND"': 2 });
});

/** Begins to send JSON and, once the gateway is told so, waits for its answer or goes. */
async function beginBody({ url }: Gateway, then: "wait" | "go"): Promise<void> {
  const socket = connect(Number(new URL(url).port), "127.0.0.1");
  const ended = once(socket, "close");
  const head = "POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 9\r\nexpect: 100-continue\r\n\r\n";
  socket.write(head);
  await once(socket, "data");
  if (then === "go") socket.destroy();
  await ended;
}

test("counts a request that is late as an error, and one whose client has gone as none", async () => {
  const late = await startGateway({ LIKENESS_METRICS_PORT: "0", LIKENESS_REQUEST_TIMEOUT_MS: "500" });
  await beginBody(late, "go");
  await beginBody(late, "wait");
  const both = { 'method="POST",route="/graphql",status="503"': 1, 'method="POST",route="/graphql",status="499"': 1 };
  await expect.poll(() => samples(REQUESTS, late)).toEqual(both);
  expect(await samples(ERRORS, late)).toEqual({ 'code="TIMEOUT"': 1 });
  await late.stop();
});

test("counts methods that nothing answers as one", async () => {
  const before = await samples(REQUESTS);
  for (const method of ["PUT", "DELETE", "PURGE", "SEARCH"]) await fetch(gateway.url, { method });
  expect(await risen(REQUESTS, before)).toEqual({ 'method="other",route="unknown",status="404"': 4 });
});

test("tells of its process too, at no other path, and not at the gateway's own port", async () => {
  expect(await samples("process_resident_memory_bytes")).toEqual({ "": expect.any(Number) });
  expect((await fetch(new URL("/", gateway.metricsUrl as string))).status).toBe(404);
  expect((await fetch(new URL("/metrics", gateway.url))).status).toBe(404);
});
