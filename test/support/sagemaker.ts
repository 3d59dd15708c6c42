import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { startEncoderServer } from "../../src/cli/encoder-server.js";
import { endServer, listenOnLoopback } from "./loopback.js";

/** What goes wrong with a call, seen from the gateway. */
export type Fault =
  | { readonly kind: "service"; readonly status: number; readonly type: string }
  | { readonly kind: "model"; readonly status: number; readonly body?: string }
  | { readonly kind: "refuses"; readonly word: string; readonly status: number }
  /** As OpenAI's CLIP fails for texts of too many tokens, here bytes; SageMaker does not hand every container's words on. */
  | { readonly kind: "too long"; readonly maxBytes: number; readonly told: boolean }
  | { readonly kind: "not the service"; readonly status: number }
  | { readonly kind: "cut" }
  | { readonly kind: "cut in the answer" }
  | { readonly kind: "silent" }
  | { readonly kind: "stalled in the answer" }
  /** An answer, or a ModelError, that goes on until the connection ends. */
  | { readonly kind: "endless"; readonly status: 200 | 424 }
  | { readonly kind: "slow"; readonly ms: number }
  | { readonly kind: "held"; readonly until: Promise<void> }
  | { readonly kind: "changed"; readonly change: (body: string) => string };

export interface Call {
  readonly endpoint: string;
  readonly contentType: string;
  readonly body: Buffer;
  /** What it was answered with; null where it was not. */
  status: number | null;
}

/**
 * SageMaker's runtime API on loopback: it maps `/endpoints/NAME/invocations` to a container's `/invocations`, hands the
 * attributes header through and wraps a container's error as a ModelError, in the wire format of the real service.
 */
export interface SageMaker {
  readonly url: string;
  /** Every call that came in, failed ones too. */
  readonly calls: Call[];
  /** The most calls that were under way at a time, since it was last set. */
  peak: number;
  /** Taken from the front, one a call. */
  readonly faults: Fault[];
  /** Holds for every call while it is set. */
  always: Fault | null;
  /** Containers by endpoint name; with `silent` their attributes are kept back, as a container that is not ours has none. */
  readonly containers: Map<string, { url: string; silent?: boolean }>;
  stop(): Promise<void>;
}

/** The environment in which the AWS SDK finds this service; it reads no other. */
export function awsEnvironment({ url }: { url: string }): Record<string, string> {
  return {
    AWS_REGION: "eu-central-1",
    AWS_ACCESS_KEY_ID: "AKIDEXAMPLE",
    AWS_SECRET_ACCESS_KEY: "example",
    AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME: url,
  };
}

/** The texts of a call's body. */
export const inputsOf = (body: Buffer) => (JSON.parse(body.toString()) as { inputs: string[] }).inputs;

const MAX_PAYLOAD_BYTES = 4_000_000;
const SIGNED = /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/\d{8}\/eu-central-1\/sagemaker\/aws4_request,/;

export async function startSageMaker(): Promise<SageMaker> {
  const calls: Call[] = [];
  const faults: Fault[] = [];
  const containers: SageMaker["containers"] = new Map();
  const state: { always: Fault | null; underWay: number; peak: number } = { always: null, underWay: 0, peak: 0 };

  const server = createServer(async (request, response) => {
    state.peak = Math.max(state.peak, ++state.underWay);
    response.once("close", () => state.underWay--);
    const body = await readBody(request);
    const endpoint = /^\/endpoints\/([^/]+)\/invocations$/.exec(request.url ?? "")?.[1] ?? "";
    const contentType = request.headers["content-type"] ?? "";
    const call: Call = { endpoint, contentType, body, status: null };
    calls.push(call);
    response.once("finish", () => {
      call.status = response.statusCode;
    });
    if (!SIGNED.test(request.headers.authorization ?? "")) return fail(response, 403, "MissingAuthenticationTokenException");
    if (body.byteLength > MAX_PAYLOAD_BYTES) return fail(response, 413, "ValidationError", "The payload is too large.");
    const container = containers.get(endpoint);
    if (!container) return fail(response, 400, "ValidationError", `Endpoint ${endpoint} of account 123456789012 not found.`);
    const fault = faults.shift() ?? state.always;
    if (fault?.kind === "service") return fail(response, fault.status, fault.type);
    if (fault?.kind === "model") return modelError(response, fault.status, fault.body ?? "");
    if (fault?.kind === "refuses" && body.includes(fault.word)) return modelError(response, fault.status, "cannot encode this");
    if (fault?.kind === "too long") {
      const long = inputsOf(body).find((input) => Buffer.byteLength(input) > fault.maxBytes);
      if (long) return modelError(response, 500, fault.told ? `Input ${long} is too long for context length 77\nTraceback` : "");
    }
    if (fault?.kind === "not the service") return void response.writeHead(fault.status).end("<html>Bad gateway</html>");
    if (fault?.kind === "cut") return void request.socket.destroy();
    if (fault?.kind === "silent") return;
    if (fault?.kind === "endless") {
      const type = { "content-type": "application/json", ...(fault.status === 424 && { "x-amzn-errortype": "ModelError" }) };
      response.writeHead(fault.status, type);
      return void pipeline(Readable.from(endless()), response).catch(() => {});
    }
    if (fault?.kind === "slow") await new Promise((resolve) => setTimeout(resolve, fault.ms));
    if (fault?.kind === "held") await fault.until;
    await forward(container, { contentType, body }, response, fault);
  });
  return {
    url: await listenOnLoopback(server),
    calls,
    faults,
    containers,
    get peak() {
      return state.peak;
    },
    set peak(calls) {
      state.peak = calls;
    },
    get always() {
      return state.always;
    },
    set always(fault) {
      state.always = fault;
    },
    stop: () => endServer(server),
  };
}

function* endless(): Generator<Buffer> {
  for (;;) yield Buffer.alloc(64 * 1024, " ");
}

async function forward(
  { url, silent }: { url: string; silent?: boolean },
  { contentType, body }: Pick<Call, "contentType" | "body">,
  response: ServerResponse,
  fault: Fault | null,
): Promise<void> {
  const answer = await fetch(`${url}/invocations`, {
    method: "POST",
    headers: { "content-type": contentType },
    body: Uint8Array.from(body),
  }).catch(() => null);
  if (!answer) return fail(response, 503, "ServiceUnavailable");
  const text = await answer.text();
  if (!answer.ok) return modelError(response, answer.status, text);
  const given = fault?.kind === "changed" ? fault.change(text) : text;
  const attributes = silent ? null : answer.headers.get("x-amzn-sagemaker-custom-attributes");
  response.writeHead(200, {
    "content-type": "application/json",
    "content-length": Buffer.byteLength(given),
    "x-amzn-invoked-production-variant": "AllTraffic",
    ...(attributes ? { "x-amzn-sagemaker-custom-attributes": attributes } : {}),
  });
  if (fault?.kind === "cut in the answer") return void response.write(given.slice(0, 100), () => response.socket?.destroy());
  if (fault?.kind === "stalled in the answer") return void response.write(given.slice(0, 100));
  response.end(given);
}

/** https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_runtime_InvokeEndpoint.html#API_runtime_InvokeEndpoint_Errors */
function modelError(response: ServerResponse, status: number, body: string): void {
  const Message = `Received server error (${status}) from primary with message "${body}".`;
  send(response, 424, "ModelError", { Message, OriginalStatusCode: status, OriginalMessage: body, LogStreamArn: "arn:aws:logs:::x" });
}

function fail(response: ServerResponse, status: number, type: string, Message = type): void {
  send(response, status, type, { Message });
}

function send(response: ServerResponse, status: number, type: string, body: object): void {
  response.writeHead(status, { "content-type": "application/json", "x-amzn-errortype": type }).end(JSON.stringify(body));
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** A container for texts and one for pictures, as two endpoints of one model: `clip-text` and `clip-image`. */
export async function startContainers(model: string): Promise<{ text: string; image: string; stop: () => Promise<void> }> {
  const start = (type: "TEXT" | "IMAGE") =>
    startEncoderServer(
      { LIKENESS_MODEL: model, ENCODE_TYPE: type, LIKENESS_LOG_LEVEL: "silent", LIKENESS_ENCODE_CACHE: "1" },
      { host: "127.0.0.1", port: 0 },
    );
  const [text, image] = [await start("TEXT"), await start("IMAGE")];
  return {
    text: text.url,
    image: image.url,
    stop: async () => {
      await Promise.all([text.stop(), image.stop()]);
    },
  };
}
