import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type IncomingMessage, request, type ServerResponse } from "node:http";
import { endServer, listenOnLoopback } from "../../support/loopback.js";

/** A request on its way to the server. */
export interface Passing {
  readonly method: string;
  /** Path with its query. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/**
 * What goes wrong with a request: a status instead of an answer; the connection cut before the server has it, or after
 * it did the work; an answer that ends half-way, or never comes; or of a `_bulk`, only some items reach the server and
 * the others are answered 429, as an overloaded node does.
 */
export type Fault = { status: number } | "cut before" | "cut after" | "half an answer" | "no answer" | "some items";

export interface FaultProxy {
  readonly url: string;
  /** Every request that came, in order. */
  readonly seen: readonly Passing[];
  /** How often each fault was made. */
  readonly faults: Readonly<Record<string, number>>;
  /** Decides over a request; null lets it pass. */
  decide: (passing: Passing) => Fault | null;
  readonly close: () => Promise<void>;
}

/** An HTTP proxy in front of a real server. */
export async function startFaultProxy(target: string): Promise<FaultProxy> {
  const seen: Passing[] = [];
  const faults: Record<string, number> = {};
  const server = createServer((incoming, outgoing) => {
    void handle(incoming, outgoing).catch(() => outgoing.destroy());
  });
  const handle = async (incoming: IncomingMessage, outgoing: ServerResponse) => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const passing = {
      method: incoming.method ?? "GET",
      path: incoming.url ?? "/",
      headers: incoming.headers,
      body: Buffer.concat(chunks).toString(),
    };
    seen.push(passing);
    const fault = proxy.decide(passing);
    if (!fault) return answer(outgoing, await forward(target, passing));
    const name = typeof fault === "string" ? fault : `status ${fault.status}`;
    faults[name] = (faults[name] ?? 0) + 1;
    if (fault === "cut before") return outgoing.destroy();
    if (fault === "no answer") return;
    if (fault === "some items") return answer(outgoing, await forwardSome(target, passing));
    if (typeof fault === "object")
      return answer(outgoing, { status: fault.status, type: "text/plain", body: Buffer.from("made by the test") });
    const real = await forward(target, passing);
    if (fault === "cut after") return outgoing.destroy();
    outgoing.writeHead(real.status, { "content-type": real.type, "content-length": real.body.length });
    outgoing.write(real.body.subarray(0, real.body.length / 2), () => outgoing.destroy());
  };
  const proxy: FaultProxy = {
    url: await listenOnLoopback(server),
    seen,
    faults,
    decide: () => null,
    close: () => endServer(server),
  };
  return proxy;
}

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: Buffer;
}

function answer(outgoing: ServerResponse, { status, type, body }: Answer): void {
  outgoing.writeHead(status, { "content-type": type, "content-length": body.length });
  outgoing.end(body);
}

async function forward(target: string, { method, path, headers, body }: Passing): Promise<Answer> {
  const kept = { "content-type": headers["content-type"] ?? "application/json", "content-length": Buffer.byteLength(body) };
  const outgoing = request(new URL(path, target), { method, headers: kept });
  outgoing.end(body);
  const [incoming] = (await once(outgoing, "response")) as [IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  return { status: incoming.statusCode ?? 0, type: String(incoming.headers["content-type"]), body: Buffer.concat(chunks) };
}

/** Passes on every second item of a `_bulk` of writes. */
async function forwardSome(target: string, passing: Passing): Promise<Answer> {
  const lines = passing.body.trimEnd().split("\n");
  const items = lines.flatMap((line, i) => (i % 2 === 0 ? [[line, lines[i + 1]]] : []));
  const passed = items.filter((_, i) => i % 2 === 1).flat();
  const real = passed.length > 0 ? await forward(target, { ...passing, body: `${passed.join("\n")}\n` }) : null;
  const answers = real ? (JSON.parse(real.body.toString()) as { items: object[] }).items : [];
  let next = 0;
  const refused = { index: { status: 429, error: { type: "rejected_execution_exception", reason: "made by the test" } } };
  const all = items.map((_, i) => (i % 2 === 1 ? answers[next++] : refused));
  return { status: 200, type: "application/json", body: Buffer.from(JSON.stringify({ took: 1, errors: true, items: all })) };
}
