import { createServer, type Server } from "node:http";
import { createServer as createTcpServer } from "node:net";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { createPictures } from "../../src/pictures/pictures.js";
import { endServer, listenOnLoopback } from "../support/loopback.js";

/** What getaddrinfo(3) answers for these names, whatever name servers this machine has: addresses, an error, or nothing for ever. */
const ANSWERS: Readonly<Record<string, readonly string[] | string | null>> = {
  "no-such-host.invalid": "ENOTFOUND",
  "outage.example": "EAI_AGAIN",
  "hung.example": null,
  "shop.example": ["127.0.0.1"],
  "two-faced.example": ["203.0.114.1", "10.0.0.1"],
};

vi.mock("node:dns/promises", async (load) => {
  const real = await load<typeof import("node:dns/promises")>();
  const lookup = async (host: string, options: object) => {
    const answer = ANSWERS[host];
    if (answer === undefined) return await real.lookup(host, options);
    if (answer === null) return await new Promise(() => {});
    if (typeof answer === "string") throw Object.assign(new Error(`getaddrinfo ${answer} ${host}`), { code: answer });
    return answer.map((address) => ({ address, family: 4 }));
  };
  return { ...real, lookup };
});

const limits = { maxBytes: 1000, maxPixels: 1e6, timeoutMs: 5000, allowPrivateUrls: true };
const local = createPictures(limits);
const guarded = createPictures({ ...limits, allowPrivateUrls: false });
const hosts: string[] = [];
let server: Server;
let base: string;

beforeAll(async () => {
  server = createServer((request, response) => {
    hosts.push(request.headers.host ?? "");
    const url = new URL(request.url ?? "/", "http://x");
    const hops = Number(url.searchParams.get("hops") ?? 0);
    if (url.pathname === "/hop") response.writeHead(302, { location: hops > 1 ? `/hop?hops=${hops - 1}` : "/picture" }).end("moved");
    else if (url.pathname === "/to") response.writeHead(301, { location: url.searchParams.get("url") ?? "" }).end();
    else if (url.pathname === "/picture") response.end(Buffer.alloc(1000, 7));
    else if (url.pathname === "/declared") response.writeHead(200, { "content-length": "1001" }).end(Buffer.alloc(1001));
    else if (url.pathname === "/endless") pour(response);
    else if (url.pathname === "/slow") response.write("a");
    else if (url.pathname === "/empty") response.end();
    else if (url.pathname === "/packed-unless-asked") response.end(request.headers["accept-encoding"] === "identity" ? "abc" : "packed");
    else response.writeHead(404).end("no");
  });
  base = await listenOnLoopback(server);
});

afterAll(() => endServer(server));

/** A chunked body without end. */
function pour(response: import("node:http").ServerResponse): void {
  const timer = setInterval(() => response.write(Buffer.alloc(400)), 1);
  response.on("close", () => clearInterval(timer));
}

describe("fetching", () => {
  it("gives the bytes, up to the limit", async () => {
    expect(await local.fetch(`${base}/picture`)).toEqual(new Uint8Array(1000).fill(7));
  });

  it("follows three redirects and no more", async () => {
    expect((await local.fetch(`${base}/hop?hops=3`)).byteLength).toBe(1000);
    await expect(local.fetch(`${base}/hop?hops=4`)).rejects.toMatchObject({ code: "URL_NOT_ALLOWED" });
  });

  it("keeps the host name of the URL though the connection is pinned to an address", async () => {
    const named = base.replace("127.0.0.1", "localhost");
    expect((await local.fetch(`${named}/picture`)).byteLength).toBe(1000);
    expect(hosts.at(-1)).toBe(new URL(named).host);
  });

  it("connects to the very address that was checked, and does not look the name up again", async () => {
    // No name server knows it.
    expect((await local.fetch(`${base.replace("127.0.0.1", "shop.example")}/picture`)).byteLength).toBe(1000);
  });

  it("asks for the bytes as they are, not packed", async () => {
    expect((await local.fetch(`${base}/packed-unless-asked`)).byteLength).toBe(3);
  });

  it.each(["/declared", "/endless"])("stops at the size limit: %s", async (path) => {
    await expect(local.fetch(base + path)).rejects.toMatchObject({
      code: "UPLOAD_TOO_LARGE",
      message: expect.stringContaining("at most 1000 bytes"),
    });
  });

  it("stops at the time limit, in the middle of a body too", async () => {
    const hasty = createPictures({ ...limits, timeoutMs: 200 });
    await expect(hasty.fetch(`${base}/slow`)).rejects.toMatchObject({ code: "TIMEOUT", message: expect.stringContaining("200 ms") });
  });

  it("keeps to the time limit though memory is cleaned up meanwhile", async () => {
    setFlagsFromString("--expose-gc");
    const cleaning = setInterval(runInNewContext("gc"), 20);
    try {
      const hasty = createPictures({ ...limits, timeoutMs: 200 });
      await expect(hasty.fetch(`${base}/slow`)).rejects.toMatchObject({ code: "TIMEOUT" });
    } finally {
      clearInterval(cleaning);
    }
  });

  it("stops at the time limit, and for a caller that has gone, while it connects", async () => {
    // Takes the connection and never says a word of TLS, so that it does not come about.
    const mute = createTcpServer();
    const url = (await listenOnLoopback(mute)).replace("http:", "https:");
    const hasty = createPictures({ ...limits, timeoutMs: 200 });
    await expect(hasty.fetch(url)).rejects.toMatchObject({ code: "TIMEOUT" });
    const patient = createPictures({ ...limits, timeoutMs: 60_000 });
    const caller = new AbortController();
    const fetched = patient.fetch(url, caller.signal);
    setTimeout(() => caller.abort(), 100);
    await expect(fetched).rejects.toMatchObject({ code: "TIMEOUT" });
    mute.close();
  });

  it("stops at the time limit while a name is looked up", async () => {
    const hasty = createPictures({ ...limits, timeoutMs: 200 });
    await expect(hasty.fetch("http://hung.example/a.jpg")).rejects.toMatchObject({ code: "TIMEOUT" });
  });

  it.each(["/missing", "/empty"])("says that there is no picture: %s", async (path) => {
    await expect(local.fetch(base + path)).rejects.toMatchObject({ code: "NOT_AN_IMAGE" });
  });

  it("takes an outage of the name servers for no mistake of whoever gave the URL", async () => {
    await expect(guarded.fetch("http://outage.example/a.jpg")).rejects.toMatchObject({
      code: "TIMEOUT",
      message: 'The URL\'s host "outage.example" could not be looked up (EAI_AGAIN). Try again.',
    });
  });

  it("says that nobody listens", async () => {
    await expect(local.fetch("http://127.0.0.1:1/")).rejects.toMatchObject({
      code: "NOT_AN_IMAGE",
      message: expect.stringContaining("ECONNREFUSED"),
    });
  });
});

describe("the guard", () => {
  it.each([
    "http://127.0.0.1/",
    "http://localhost/",
    "http://0/",
    "http://2130706433/",
    "http://0x7f.1/",
    "http://10.0.0.1/",
    "http://172.16.0.1/",
    "http://192.168.1.1/",
    "http://100.64.0.1/",
    "http://169.254.169.254/latest/meta-data/",
    "http://[::1]/",
    "http://[::]/",
    "http://[::ffff:127.0.0.1]/",
    "http://[::ffff:a00:1]/",
    "http://[::127.0.0.1]/",
    "http://[::a00:1]/",
    "http://[::ffff:0:127.0.0.1]/",
    "http://[2002:7f00:1::]/",
    "http://[100:0:0:1::1]/",
    "http://[4000::1]/",
    "http://[64:ff9b::7f00:1]/",
    "http://[fe80::1]/",
    "http://[fd00::1]/",
    "http://224.0.0.1/",
    "http://255.255.255.255/",
  ])("refuses %s", async (url) => {
    await expect(guarded.fetch(url)).rejects.toMatchObject({
      code: "URL_NOT_ALLOWED",
      message: expect.stringContaining("not a public address"),
    });
  });

  it("refuses a name of which any address is not public", async () => {
    await expect(guarded.fetch("http://two-faced.example/a.jpg")).rejects.toMatchObject({
      code: "URL_NOT_ALLOWED",
      message: expect.stringContaining('host "two-faced.example" is not a public address (private)'),
    });
  });

  it.each(["http://10.255.255.254/", "http://100.64.0.1/", "http://[fd00::1]/"])(
    "lets %s pass where private addresses are allowed",
    async (url) => {
      const hasty = createPictures({ ...limits, timeoutMs: 200 });
      await expect(hasty.fetch(url)).rejects.toMatchObject({ code: expect.stringMatching(/^(TIMEOUT|NOT_AN_IMAGE)$/) });
    },
  );

  it.each([
    ["link-local", "http://169.254.169.254/"],
    ["AWS over IPv6", "http://[fd00:ec2::254]/latest/meta-data/"],
    ["EKS Pod Identity over IPv6", "http://[fd00:ec2:0:0::23]/v1/credentials"],
    ["Google Cloud over IPv6", "http://[fd20:ce::254]/"],
    ["Alibaba Cloud", "http://100.100.100.200/"],
    ["Alibaba Cloud as IPv6", "http://[::ffff:100.100.100.200]/"],
    ["Azure", "http://168.63.129.16/"],
  ])("refuses a cloud's metadata service though private addresses are allowed: %s", async (_, url) => {
    for (const pictures of [guarded, local]) {
      await expect(pictures.fetch(url)).rejects.toMatchObject({
        code: "URL_NOT_ALLOWED",
        message: expect.stringMatching(/is not a public address \((metadata service|linkLocal)\)/),
      });
    }
  });

  it.each([
    ["ftp://example.com/a.jpg", /scheme is "ftp"/],
    ["file:///etc/passwd", /scheme is "file"/],
    ["data:image/png;base64,AA==", /scheme is "data"/],
    ["http://user:secret@example.com/", /user name or password/],
    ["a.jpg", /cannot be read/],
    ["http://no-such-host.invalid/", /cannot be resolved/],
  ])("refuses %s and says why", async (url, message) => {
    await expect(guarded.fetch(url)).rejects.toMatchObject({ code: "URL_NOT_ALLOWED", message: expect.stringMatching(message) });
  });

  it("never connects to an address that it refused", async () => {
    const before = hosts.length;
    await expect(guarded.fetch(`${base}/picture`)).rejects.toMatchObject({ code: "URL_NOT_ALLOWED" });
    expect(hosts.length).toBe(before);
  });

  it.each(["http://169.254.169.254/", "file:///etc/passwd", "http://a:b@127.0.0.1/"])(
    "checks a redirect's target again: %s",
    async (target) => {
      await expect(local.fetch(`${base}/to?url=${encodeURIComponent(target)}`)).rejects.toMatchObject({ code: "URL_NOT_ALLOWED" });
    },
  );
});
