import { isIPv6 } from "node:net";

/** Addresses that stand for all of a machine, with one of them. */
const ALL: Readonly<Record<string, string>> = { "0.0.0.0": "127.0.0.1", "::": "::1" };

/** Where this machine reaches its server that listens on `host`; without a path. */
export function localUrl(host: string, port: number): string {
  const address = ALL[host] ?? host;
  return `http://${isIPv6(address) ? `[${address}]` : address}:${port}`;
}
