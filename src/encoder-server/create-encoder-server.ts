import { type FastifyError, type FastifyInstance, fastify } from "fastify";
import { LikenessError } from "../domain/errors.js";
import type { Encoder, Pictures } from "../domain/ports.js";
import { MANY_PICTURES, ONE_PICTURE, TEXTS } from "../encoders/sagemaker/contract/content-types.js";
import { MODEL_CARD_HEADER, writeModelCard } from "../encoders/sagemaker/contract/model-card.js";
import { endConnections } from "../http/end-connections.js";
import { logRequest } from "../http/log-request.js";
import { limitRequests } from "../http/request-end.js";
import type { Logger } from "../log.js";
import { answerError } from "./answer-error.js";
import { encodeManyPictures, encodeOnePicture, encodeTexts, MAX_PICTURES } from "./invocations.js";

export type EncodeType = "TEXT" | "IMAGE";

export interface EncoderServerOptions {
  readonly encoder: Encoder;
  readonly pictures: Pick<Pictures, "check">;
  /** What this server encodes; both where left out. */
  readonly encodeType?: EncodeType;
  readonly log: Logger;
}

/** The largest body that a real-time endpoint hands on (25 MB; a serverless one takes 4 MB). */
const MAX_BODY_BYTES = 25 * 1024 * 1024;

/** SageMaker gives up on an invocation after 60 s; whoever asked is gone then, and the encode is dropped. */
const REQUEST_TIMEOUT_MS = 60_000;

/**
 * An encoder as a SageMaker container: `GET /ping` and `POST /invocations`
 * (https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-inference-code.html). The encoder is warm already, so
 * a server that listens is healthy; while it stops, `/ping` answers 503 and what is under way is finished.
 */
export function createEncoderServer({ encoder, pictures, encodeType, log }: EncoderServerOptions): FastifyInstance {
  const server = fastify({
    bodyLimit: MAX_BODY_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    forceCloseConnections: "idle",
    genReqId: () => crypto.randomUUID(),
    // What the router refuses has no route, so that no error handler is asked, and no hook.
    frameworkErrors: (error, request, reply) => {
      logRequest(log, "info", request, reply, null);
      answerError(error, log, request.id, reply);
    },
    logger: false,
  });
  const picturesPerCall = encodeType === "TEXT" ? 0 : MAX_PICTURES;
  const card = writeModelCard({ modelId: encoder.modelId, dimension: encoder.dimension, picturesPerCall });
  const asBytes = (_request: unknown, body: Buffer, done: (error: null, body: Buffer) => void) => done(null, body);

  limitRequests(server, () => REQUEST_TIMEOUT_MS);
  endConnections(server);
  server.removeAllContentTypeParsers();
  const types = [...(encodeType === "IMAGE" ? [] : [TEXTS]), ...(encodeType === "TEXT" ? [] : [ONE_PICTURE, MANY_PICTURES])];
  server.addContentTypeParser(types, { parseAs: "buffer" }, asBytes);
  server.setErrorHandler((error: FastifyError, request, reply) => {
    // Fastify's own words name no type.
    if (error.statusCode === 415)
      error.message = `The content-type is ${request.headers["content-type"]}; this server takes ${types.join(", ")}.`;
    return answerError(error, log, request.id, reply);
  });
  server.setNotFoundHandler(async () => {
    throw new LikenessError("NOT_FOUND", "Here are GET /ping and POST /invocations alone.");
  });
  server.addHook("onRequest", async (request, reply) => {
    logRequest(log, request.url.startsWith("/ping") ? "debug" : "info", request, reply, null);
  });

  server.get("/ping", async () => ({ status: "ok" }));
  server.post("/invocations", async (request, reply) => {
    const body = request.body as Buffer;
    const signal = request.end;
    const type = request.headers["content-type"]?.split(";", 1)[0]?.trim().toLowerCase();
    reply.header(MODEL_CARD_HEADER, card);
    if (type === ONE_PICTURE) return encodeOnePicture(encoder, pictures, body, { signal });
    if (type === MANY_PICTURES) return encodeManyPictures(encoder, pictures, body, { signal });
    return encodeTexts(encoder, body, { signal });
  });
  return server;
}
