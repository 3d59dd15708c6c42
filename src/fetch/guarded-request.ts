import type { LookupAddress, LookupOptions } from "node:dns";
import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import ipaddr from "ipaddr.js";
import { Agent, type Dispatcher, request } from "undici";
import { LikenessError } from "../domain/errors.js";
import { notAllowed, readWebUrl } from "../domain/web-url.js";
import type { TimeLimit } from "../time-limit.js";

export interface GuardedRequest {
  /** Redirects included; the reason of its signal is thrown. */
  readonly limit: TimeLimit;
  /** Let the URL point at private and loopback addresses. */
  readonly allowPrivateUrls: boolean;
  /** Ends it sooner, with an error of undici's, where nothing comes for so long; five minutes unless given. */
  readonly silenceMs?: number;
  /** Media types that are asked for. */
  readonly accept: string;
}

const MAX_REDIRECTS = 3;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/** What `allowPrivateUrls` opens beside the public range. Link-local stays shut: most clouds' metadata services live there. */
const PRIVATE_RANGES = new Set(["private", "loopback", "uniqueLocal", "carrierGradeNat"]);

/**
 * The services that live elsewhere, and hand out credentials too: of AWS over IPv6 (EC2's metadata and EKS's Pod Identity among
 * them), Google Cloud over IPv6, Alibaba Cloud, and Azure, whose address is a public one.
 */
const METADATA_RANGES = ["fd00:ec2::/32", "fd20:ce::254/128", "100.100.100.200/32", "168.63.129.16/32"].map((range) =>
  ipaddr.parseCIDR(range),
);

/**
 * All IPv6 addresses that IANA gives out; whatever else is no special range leads nowhere, or to an IPv4 address that it holds (::7f00:1).
 * Source: https://www.iana.org/assignments/ipv6-address-space
 */
const GLOBAL_UNICAST = ipaddr.parseCIDR("2000::/3");

/**
 * Asks for a URL that a stranger gave, and hands the answer to `read`; the connection ends when that has ended.
 * A server that fetches on request can be aimed at its own network, so every hop is checked: scheme, credentials and
 * every address its name resolves to; and the connection goes to the very address that was checked, so that a name
 * cannot resolve to another one in between. Redirects are followed by hand for the same reason. Throws URL_NOT_ALLOWED, and
 * TIMEOUT where names cannot be looked up.
 */
export async function guardedRequest<T>(
  url: string,
  { limit, allowPrivateUrls, silenceMs, accept }: GuardedRequest,
  read: (response: Dispatcher.ResponseData) => Promise<T>,
): Promise<T> {
  let next = readWebUrl(url);
  for (let hop = 0; hop <= MAX_REDIRECTS; hop++) {
    const addresses = await limit.race(resolvePublic(next, allowPrivateUrls));
    const { signal } = limit;
    // The signal ends a connection that is being made. One that is in use ends with its agent: at a request's own signal undici would
    // connect anew at once, and leave that connection open for as long as the far end likes.
    const agent = new Agent({ connect: { lookup: pinTo(addresses), signal }, headersTimeout: silenceMs, bodyTimeout: silenceMs });
    const end = () => void agent.destroy(signal.reason);
    signal.addEventListener("abort", end, { once: true });
    try {
      const headers = { accept, "accept-encoding": "identity", "user-agent": "likeness" };
      const response = await request(next, { dispatcher: agent, headers });
      const location = response.headers.location;
      if (!REDIRECTS.has(response.statusCode) || typeof location !== "string") return await read(response);
      next = readWebUrl(location, next);
    } finally {
      signal.removeEventListener("abort", end);
      // Also cuts off a body that was not read to its end.
      await agent.destroy();
    }
  }
  throw notAllowed(`The URL redirects more than ${MAX_REDIRECTS} times; give the file's own URL.`);
}

/** Every address of the URL's host. Throws URL_NOT_ALLOWED when any of them is not public, and TIMEOUT while no name can be looked up. */
async function resolvePublic(url: URL, allowPrivate: boolean): Promise<LookupAddress[]> {
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const family = isIP(host);
  const addresses = family
    ? [{ address: host, family }]
    : await lookup(host, { all: true }).catch((cause: NodeJS.ErrnoException) => {
        throw unresolved(host, cause);
      });
  for (const { address } of addresses) {
    const range = rangeOf(address);
    if (range !== "unicast" && !(allowPrivate && PRIVATE_RANGES.has(range))) {
      throw notAllowed(`The URL's host "${host}" is not a public address (${range}); give a URL that the internet can reach.`);
    }
  }
  return addresses;
}

/** getaddrinfo(3) tells a name that does not exist, or that none can have, from name servers that give no answer. */
function unresolved(host: string, cause: NodeJS.ErrnoException): LikenessError {
  if (cause.code === "ENOTFOUND" || cause.code === "EINVAL") {
    return notAllowed(`The URL's host "${host}" cannot be resolved.`, cause);
  }
  return new LikenessError("TIMEOUT", `The URL's host "${host}" could not be looked up (${cause.code}). Try again.`, { cause });
}

/** What kind of address it is, in a word or two. */
function rangeOf(text: string): string {
  if (!ipaddr.isValid(text)) return "unknown";
  // `process` turns IPv4-mapped IPv6 (::ffff:10.0.0.1) into the IPv4 address it stands for.
  const address = ipaddr.process(text);
  const isIn = (cidr: ReturnType<typeof ipaddr.parseCIDR>) => cidr[0].kind() === address.kind() && address.match(cidr);
  if (METADATA_RANGES.some(isIn)) return "metadata service";
  const range = address.range();
  return range === "unicast" && address.kind() === "ipv6" && !isIn(GLOBAL_UNICAST) ? "reserved" : range;
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
