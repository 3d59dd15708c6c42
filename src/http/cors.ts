import cors from "@fastify/cors";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";

/** So long browsers keep the answer of a preflight; else they ask before every search. */
const PREFLIGHT_S = 600;
const EXPOSED = ["x-request-id"];

/** Lets pages of these origins, if any, call the server from a browser and read its answers. */
export async function allowOrigins(app: FastifyInstance, origins: readonly string[]): Promise<void> {
  if (origins.length === 0) return;
  const told = { methods: ["GET", "POST"], exposedHeaders: EXPOSED, maxAge: PREFLIGHT_S };
  // Not strict: it would answer OPTIONS that is no preflight in another form than all else is refused in.
  await app.register(cors, { origin: [...origins], ...told, strictPreflight: false });
}

/** The same for an answer that no hook comes to. */
export function allowOrigin({ headers: { origin } }: FastifyRequest, reply: FastifyReply, origins: readonly string[]): void {
  if (origins.length === 0) return;
  reply.header("vary", "Origin").header("access-control-expose-headers", EXPOSED.join(", "));
  if (origin !== undefined && origins.includes(origin)) reply.header("access-control-allow-origin", origin);
}
