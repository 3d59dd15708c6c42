import { createHash, createHmac, type Hash, type Hmac } from "node:crypto";
import { createServer, type Server } from "node:http";
import { inspect } from "node:util";
import { SignatureV4 } from "@smithy/signature-v4";
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from "vitest";
import type { OpenSearchAuth } from "../../../src/indexes/opensearch/options.js";
import { catalogue, query } from "../../contract/catalogue.js";
import { listenOnLoopback } from "../../support/loopback.js";
import { type FaultProxy, type Passing, startFaultProxy } from "./fault-proxy.js";
import { openTestIndex, testOptions } from "./open-test-index.js";

interface IssuedKey {
  readonly AccessKeyId: string;
  readonly SecretAccessKey: string;
  readonly Token: string;
  readonly issuedAtMs: number;
}

const REGION = "eu-central-1";

let proxy: FaultProxy;
beforeAll(async () => {
  proxy = await startFaultProxy(inject("servers")["3.5.0"]);
});
afterAll(() => proxy.close());

/** Uses an index in every way and closes it. */
async function useIndex(auth: OpenSearchAuth): Promise<void> {
  const index = await openTestIndex(testOptions(proxy.url, { auth }));
  const products = catalogue(5);
  expect(await index.upsert(products)).toEqual(products.map(() => "created"));
  expect(await index.search([query({ filter: { ids: ["p1", "p%2/ü"] }, withTotal: true })])).toMatchObject([{ total: { count: 1 } }]);
  expect(await index.get(["p2"])).toEqual([products[2]]);
  expect(await index.delete(["p3"])).toEqual([true]);
  expect(await index.count()).toBe(4);
  await index.close();
}

describe("basic", () => {
  it("sends name and password with every request", async () => {
    const wanted = `Basic ${Buffer.from("shop:pass:wörd").toString("base64")}`;
    proxy.decide = ({ headers }) => (headers.authorization === wanted ? null : { status: 401 });
    await useIndex({ kind: "basic", username: "shop", password: "pass:wörd" });
    await expect(useIndex({ kind: "basic", username: "shop", password: "wrong" })).rejects.toMatchObject({
      code: "INDEX_UNAVAILABLE",
      message: expect.stringContaining("401"),
    });
  });
});

describe("AWS Signature Version 4", () => {
  /** Gives out a new key at each request, as the metadata service of a container does. */
  let issuer: Server;
  let issued: IssuedKey[];
  let lifetimeMs: number;
  const before = { ...process.env };

  beforeAll(async () => {
    issuer = createServer((_, response) => {
      const n = issued.length;
      issued.push({ AccessKeyId: `KEY${n}`, SecretAccessKey: `secret${n}`, Token: `token${n}`, issuedAtMs: Date.now() });
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify({ ...issued[n], Expiration: new Date(Date.now() + lifetimeMs).toISOString() }));
    });
    const url = await listenOnLoopback(issuer);
    for (const name of Object.keys(process.env)) if (name.startsWith("AWS_")) delete process.env[name];
    process.env["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = `${url}/credentials`;
  });
  beforeEach(() => {
    issued = [];
    proxy.decide = () => null;
  });
  afterAll(() => {
    process.env = before;
    issuer.close();
  });

  it.each(["es", "aoss"] as const)("signs every request for %s so that another implementation agrees", async (service) => {
    lifetimeMs = 3_600_000;
    const from = proxy.seen.length;
    const index = openTestIndex(testOptions(proxy.url, { auth: { kind: "sigv4", service, region: REGION } }));
    await (await index).search([query()]);
    await (await index).upsert(catalogue(3));
    await (await index).close();
    const sent = proxy.seen.slice(from);
    expect(sent.length).toBeGreaterThan(3);
    for (const each of sent) expect(each.headers.authorization).toBe(await signatureOf(each, service, issued[0]));
    expect(issued).toHaveLength(1);
  });

  it("asks a collection nothing that it does not answer: neither its version nor a refresh", async () => {
    lifetimeMs = 3_600_000;
    const from = proxy.seen.length;
    const index = await openTestIndex(testOptions(proxy.url, { auth: { kind: "sigv4", service: "aoss", region: REGION } }));
    await index.upsert(catalogue(1));
    await index.search([query()]);
    await index.close();
    const paths = proxy.seen.slice(from).map(({ path }) => path);
    expect(paths.filter((path) => path === "/" || path.includes("_refresh"))).toEqual([]);
  });

  it("goes on with new credentials before the old ones end", async () => {
    lifetimeMs = 2_000;
    proxy.decide = ({ headers }) => (isValid(headers["x-amz-security-token"]) ? null : { status: 403 });
    const index = await openTestIndex(testOptions(proxy.url, { auth: { kind: "sigv4", service: "es", region: REGION } }));
    for (const endMs = Date.now() + 3 * lifetimeMs; Date.now() < endMs; await new Promise((resolve) => setTimeout(resolve, 50))) {
      const [page] = await index.search([query()]);
      expect(page).toMatchObject({ matches: [] });
    }
    await index.close();
    expect(issued.length).toBeGreaterThan(2);
  });

  const isValid = (token: unknown) => issued.some((each) => each.Token === token && Date.now() < each.issuedAtMs + lifetimeMs);
});

describe("an error of the server", () => {
  it("carries neither credentials nor products into the log", async () => {
    proxy.decide = ({ path }) => (path.includes("_bulk") ? { status: 403 } : null);
    const index = await openTestIndex(testOptions(proxy.url, { auth: { kind: "basic", username: "shop", password: "tell nobody" } }));
    const [outcome] = await index.upsert(catalogue(1));
    proxy.decide = () => null;
    const printed = inspect(outcome, { depth: 20 });
    expect(printed).toContain("INDEX_UNAVAILABLE");
    for (const secret of ["tell nobody", Buffer.from("shop:tell nobody").toString("base64"), "Product p0"])
      expect(printed).not.toContain(secret);
    await index.close();
  });
});

/** Node's hashes behind the interface that the signer takes. */
class Sha256 {
  private readonly hash: Hash | Hmac;

  constructor(secret?: string | Uint8Array | ArrayBuffer | ArrayBufferView) {
    this.hash = secret === undefined ? createHash("sha256") : createHmac("sha256", secret as Uint8Array);
  }

  update(data: Uint8Array | string): void {
    this.hash.update(data);
  }

  async digest(): Promise<Uint8Array> {
    return this.hash.digest();
  }

  reset(): void {}
}

/** The authorization header of a request as AWS's own library computes it from the headers that were signed. */
async function signatureOf({ method, path, headers, body }: Passing, service: string, key: IssuedKey | undefined) {
  const signed = /SignedHeaders=([^,]+)/.exec(headers.authorization ?? "")?.[1]?.split(";") ?? [];
  const url = new URL(path, "http://host");
  const signer = new SignatureV4({
    service,
    region: REGION,
    sha256: Sha256 as never,
    credentials: { accessKeyId: key?.AccessKeyId ?? "", secretAccessKey: key?.SecretAccessKey ?? "", sessionToken: key?.Token ?? "" },
  });
  const day = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(String(headers["x-amz-date"]))?.slice(1) ?? [];
  const [year = "", month, date, hour, minute, second] = day;
  const request = {
    method,
    protocol: "http:",
    hostname: "host",
    path: url.pathname,
    query: Object.fromEntries(url.searchParams),
    headers: Object.fromEntries(signed.filter((name) => name !== "x-amz-date").map((name) => [name, String(headers[name])])),
    body,
  };
  const { headers: result } = await signer.sign(request, {
    signingDate: new Date(`${year}-${month}-${date}T${hour}:${minute}:${second}Z`),
  });
  return result["authorization"];
}
