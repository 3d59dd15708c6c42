import type { AddressInfo } from "node:net";
import type { FastifyInstance } from "fastify";
import { asError, LikenessError } from "./domain/errors.js";

/** Lets a server listen. Gives the URL that this machine reaches it by, without a path. Throws BAD_USER_INPUT where it cannot listen there. */
export async function listen(server: FastifyInstance, { host, port }: { host: string; port: number }): Promise<string> {
  try {
    await server.listen({ host, port });
  } catch (cause) {
    const why = asError(cause).message;
    throw new LikenessError(
      "BAD_USER_INPUT",
      `The server cannot listen on ${host}, port ${port} (${why}): stop what listens there, or choose another port or address.`,
      { cause },
    );
  }
  return `http://${reachable(host)}:${(server.server.address() as AddressInfo).port}`;
}

/** All addresses are reached by the loopback one; an IPv6 address stands in brackets (RFC 3986, 3.2.2). */
function reachable(host: string): string {
  if (host === "0.0.0.0") return "127.0.0.1";
  if (host === "::") return "[::1]";
  return host.includes(":") ? `[${host}]` : host;
}
