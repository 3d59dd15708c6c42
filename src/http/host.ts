import type { FastifyRequest } from "fastify";
import { badInput } from "../domain/errors.js";

/** Scheme, host and port that a request came to; null where its Host header is none. */
export function originOf({ protocol, host }: FastifyRequest): string | null {
  const origin = `${protocol}://${host}`;
  // A URL leaves out the port that is its scheme's own.
  return URL.canParse(origin) && new URL(origin).host === host.toLowerCase().replace(/:80$/, "") ? origin : null;
}

/** Throws BAD_USER_INPUT for a Host header that makes no URL: the integration of Apollo Server would fail on it. */
export async function checkHost({ host }: FastifyRequest): Promise<void> {
  if (URL.canParse(`http://${host}/`)) return;
  throw badInput(`The header host is ${JSON.stringify(host)}; send the name or address of the gateway, as HTTP/1.1 wants it.`);
}
