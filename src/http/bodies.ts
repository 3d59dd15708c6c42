import { isUtf8 } from "node:buffer";
import { finished } from "node:stream";
import type { FastifyInstance } from "fastify";
import { asError, badInput } from "../domain/errors.js";
import { checkDocument, checkJson } from "../graphql/request-size.js";
import { readMultipart, type UploadLimits } from "../graphql/upload.js";

/** Reads the bodies of requests, JSON and forms, and refuses what would hold or exhaust the process before it is parsed. */
export function readBodies(app: FastifyInstance, uploads: UploadLimits): void {
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
    if (preflighted) readMultipart(request.raw, uploads, request.access).then((body) => done(null, body), refuse);
    else refuse(badInput("A multipart request needs the header apollo-require-preflight: true (CSRF protection)."));
  });
  app.addHook("preHandler", async ({ body }) => checkDocument(body));
}
