import type { LookupAddress, LookupOptions } from "node:dns";
import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import ipaddr from "ipaddr.js";
import { Agent, type Dispatcher, request } from "undici";
import { LikenessError } from "../domain/errors.js";

export interface FetchPictureOptions {
  readonly maxBytes: number;
  readonly timeoutMs: number;
  readonly allowPrivateUrls: boolean;
}

const MAX_REDIRECTS = 3;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/** What `allowPrivateUrls` opens beside the public range. Link-local stays shut: cloud metadata services live there. */
const PRIVATE_RANGES = new Set(["private", "loopback", "uniqueLocal", "carrierGradeNat"]);

/**
 * Downloads the picture at a URL that a stranger gave.
 * A server that fetches on request can be aimed at its own network, so every hop is checked: scheme, credentials and
 * every address its name resolves to; and the connection goes to the very address that was checked, so that a name
 * cannot resolve to another one in between. Redirects are followed by hand for the same reason. `signal` ends it early, as TIMEOUT.
 */
export async function fetchPicture(url: string, options: FetchPictureOptions, signal?: AbortSignal): Promise<Uint8Array> {
  const timeout = AbortSignal.any([AbortSignal.timeout(options.timeoutMs), ...(signal ? [signal] : [])]);
  let next = parseUrl(url);
  for (let hop = 0; hop <= MAX_REDIRECTS; hop++) {
    const addresses = await orTimeout(resolvePublic(next, options.allowPrivateUrls), timeout, options);
    const agent = new Agent({ connect: { lookup: pinTo(addresses) } });
    try {
      const response = await request(next, {
        dispatcher: agent,
        signal: timeout,
        headers: { accept: "image/*", "accept-encoding": "identity", "user-agent": "likeness" },
      });
      const location = response.headers.location;
      if (!REDIRECTS.has(response.statusCode) || typeof location !== "string") {
        return await readPicture(response, options);
      }
      next = parseUrl(location, next);
    } catch (error) {
      throw explain(error, next, timeout, options);
    } finally {
      // Also cuts off a body that was not read to its end.
      await agent.destroy();
    }
  }
  throw notAllowed(`The URL redirects more than ${MAX_REDIRECTS} times; give the picture's own URL.`);
}

function parseUrl(text: string, base?: URL): URL {
  if (!URL.canParse(text, base?.href)) throw notAllowed("The URL cannot be read; give an absolute http or https URL.");
  const url = new URL(text, base);
  if (url.protocol !== "http:" && url.protocol !== "https:") {
    throw notAllowed(`The URL's scheme is "${url.protocol.slice(0, -1)}"; only http and https are allowed.`);
  }
  if (url.username || url.password) throw notAllowed("The URL holds a user name or password; leave them out.");
  return url;
}

/** Every address of the URL's host. Throws URL_NOT_ALLOWED when any of them is not public. */
async function resolvePublic(url: URL, allowPrivate: boolean): Promise<LookupAddress[]> {
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const family = isIP(host);
  const addresses = family
    ? [{ address: host, family }]
    : await lookup(host, { all: true }).catch((cause: unknown) => {
        throw new LikenessError("URL_NOT_ALLOWED", `The URL's host "${host}" cannot be resolved.`, { cause });
      });
  for (const { address } of addresses) {
    // `process` turns IPv4-mapped IPv6 (::ffff:10.0.0.1) into the IPv4 address it stands for.
    const range = ipaddr.isValid(address) ? ipaddr.process(address).range() : "unknown";
    if (range !== "unicast" && !(allowPrivate && PRIVATE_RANGES.has(range))) {
      throw notAllowed(`The URL's host "${host}" is not a public address (${range}); give a URL that the internet can reach.`);
    }
  }
  if (addresses.length === 0) throw notAllowed(`The URL's host "${host}" has no address.`);
  return addresses;
}

type LookupCallback = (error: null, address: string | LookupAddress[], family?: number) => void;

/** A resolver that knows the checked addresses only. */
function pinTo(addresses: readonly LookupAddress[]) {
  return (_host: string, options: LookupOptions, callback: LookupCallback) => {
    const first = addresses[0] as LookupAddress;
    if (options.all) callback(null, [...addresses]);
    else callback(null, first.address, first.family);
  };
}

/** Reads the body, never more than the limit: a server may lie about `content-length` or leave it out. */
async function readPicture({ statusCode, headers, body }: Dispatcher.ResponseData, { maxBytes }: FetchPictureOptions) {
  if (statusCode !== 200) {
    body.on("error", () => {});
    throw new LikenessError("NOT_AN_IMAGE", `The URL answered with status ${statusCode} in place of a picture.`);
  }
  const declared = Number(headers["content-length"] ?? 0);
  if (declared > maxBytes) {
    body.on("error", () => {});
    throw tooLarge(`${declared} bytes`, maxBytes);
  }
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body as AsyncIterable<Uint8Array>) {
    size += chunk.byteLength;
    if (size > maxBytes) throw tooLarge(`more than ${maxBytes} bytes`, maxBytes);
    chunks.push(chunk);
  }
  if (size === 0) throw new LikenessError("NOT_AN_IMAGE", "The URL answered with an empty body in place of a picture.");
  return new Uint8Array(Buffer.concat(chunks, size));
}

/** Name resolution cannot be aborted, so it is raced. */
async function orTimeout<T>(work: Promise<T>, timeout: AbortSignal, options: FetchPictureOptions): Promise<T> {
  let onAbort = () => {};
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(timedOut(options));
    if (timeout.aborted) onAbort();
    else timeout.addEventListener("abort", onAbort, { once: true });
  });
  return Promise.race([work, aborted]).finally(() => timeout.removeEventListener("abort", onAbort));
}

function explain(error: unknown, url: URL, timeout: AbortSignal, options: FetchPictureOptions): LikenessError {
  if (error instanceof LikenessError) return error;
  if (timeout.aborted) return timedOut(options);
  return new LikenessError("NOT_AN_IMAGE", `The picture could not be fetched from "${url.host}": the connection failed.`, {
    cause: error,
  });
}

function timedOut({ timeoutMs }: FetchPictureOptions): LikenessError {
  return new LikenessError("TIMEOUT", `The picture did not arrive within ${timeoutMs} ms; try again or upload it.`);
}

function tooLarge(got: string, maxBytes: number): LikenessError {
  return new LikenessError("UPLOAD_TOO_LARGE", `The picture has ${got}; at most ${maxBytes} bytes are allowed.`);
}

function notAllowed(message: string): LikenessError {
  return new LikenessError("URL_NOT_ALLOWED", message);
}
