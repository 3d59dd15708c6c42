import { isUtf8 } from "node:buffer";
import { finished, type Readable, Transform } from "node:stream";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { asError, badInput } from "../domain/errors.js";
import { HeldBytes, type HeldShare, overloaded } from "../graphql/held-bytes.js";
import { checkDocument, checkJson } from "../graphql/request-size.js";
import { readMultipart, type UploadLimits } from "../graphql/upload.js";

declare module "fastify" {
  interface FastifyRequest {
    /** What it holds in memory of its body, which is a form or a large one. */
    held: HeldShare;
  }
}

/** Bodies up to this are not counted: connections bound them, and counting costs every request. */
const SMALL_BYTES = 64 * 1024;

/** Reads the bodies of requests, JSON and forms, and refuses what would hold or exhaust the process before it is parsed. */
export function readBodies(app: FastifyInstance, uploads: UploadLimits): void {
  const held = new HeldBytes(uploads.maxHeldBytes);
  app.decorateRequest("held");
  app.addHook("preParsing", (request, reply, body, done) => {
    const { "content-length": length, "transfer-encoding": chunked } = request.headers;
    const isSmall = chunked === undefined && Number(length ?? 0) <= SMALL_BYTES;
    if (isSmall && !isForm(request)) return done(null, body);
    const share = held.share();
    request.held = share;
    reply.raw.once("close", () => share.end());
    // Of a form counts what is kept of it in memory, which may be nothing of many gigabytes.
    done(null, isForm(request) ? body : counted(body, share));
  });
  // GraphQL takes from a body what its schema names and nothing else, and looking for more takes as long as parsing.
  const parseJson = app.getDefaultJsonParser("ignore", "ignore");
  app.addContentTypeParser<Buffer>("application/json", { parseAs: "buffer" }, (request, body, done) => {
    // Decoded all the same, each wrong byte would become a U+FFFD, and be kept as such.
    if (!isUtf8(body))
      return done(badInput("The JSON is not UTF-8, as it must be (RFC 8259): encode it so, whatever its content-type says."));
    try {
      checkJson(body);
    } catch (error) {
      return done(asError(error));
    }
    parseJson(request, body.toString(), done);
  });
  app.addContentTypeParser("multipart/form-data", (request, payload, done) => {
    // Read to its end first: Fastify closes the connection with this answer, which a client that still sends would not see.
    const refuse = (error: Error) => finished(payload.resume(), () => done(error));
    // Apollo's CSRF check comes after parsing, so a form that a foreign page may send unasked must be refused here.
    const preflighted = request.headers["apollo-require-preflight"] ?? request.headers["x-apollo-operation-name"];
    if (preflighted) readMultipart(request.raw, uploads, request.access, request.held).then((body) => done(null, body), refuse);
    else refuse(badInput("A multipart request needs the header apollo-require-preflight: true (CSRF protection)."));
  });
  app.addHook("preHandler", async ({ body }) => checkDocument(body));
}

/** Whether it is a GraphQL multipart request, by its content type, in capitals or not. */
export function isForm({ headers }: FastifyRequest): boolean {
  return /^multipart\/form-data/i.test(headers["content-type"] ?? "");
}

/** A body that ends with OVERLOADED where all requests together hold as much as they may. */
function counted(body: Readable, held: HeldShare): Transform {
  const counting = new Transform({
    transform: (chunk: Buffer, _encoding, done) => (held.take(chunk.length) ? done(null, chunk) : done(overloaded())),
  });
  // Not a pipeline, which would end the connection with the body, and the answer with it.
  finished(body, (error) => error && counting.destroy(error));
  return body.pipe(counting);
}
