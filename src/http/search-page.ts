import { readFile } from "node:fs/promises";
import type { FastifyInstance } from "fastify";

const FILES = {
  "/search": ["index.html", "text/html; charset=utf-8"],
  "/search/style.css": ["style.css", "text/css; charset=utf-8"],
  "/search/main.js": ["main.js", "text/javascript; charset=utf-8"],
  "/search/address.js": ["address.js", "text/javascript; charset=utf-8"],
  "/search/render.js": ["render.js", "text/javascript; charset=utf-8"],
  "/search/gateway.js": ["gateway.js", "text/javascript; charset=utf-8"],
} as const;

/** Nothing but the page's own files and pictures, which may lie at any shop's address (W3C Content Security Policy Level 3). */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src * data: blob:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** `/search`: a page to search by words and pictures in a browser. It needs no network but the gateway, and asks it as any client does. */
export async function searchPageRoutes(app: FastifyInstance): Promise<void> {
  for (const [path, [file, type]] of Object.entries(FILES)) {
    const content = await readFile(new URL(`search-page/${file}`, import.meta.url));
    app.get(path, async (_request, reply) => reply.type(type).header("content-security-policy", POLICY).send(content));
  }
}
