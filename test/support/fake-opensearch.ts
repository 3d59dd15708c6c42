import { createServer } from "node:http";
import { text } from "node:stream/consumers";
import { endServer, listenOnLoopback } from "./loopback.js";

export interface FakeRequest {
  readonly method: string;
  /** Without its query. */
  readonly path: string;
  readonly body: string;
}

export interface FakeOpenSearch {
  readonly url: string;
  readonly seen: readonly FakeRequest[];
  close(): Promise<void>;
}

/** What a request is answered: JSON, or a page as a proxy before the node has it; null never answers it. */
export type FakeAnswer = ({ readonly status?: number } & ({ readonly body: unknown } | { readonly page: string })) | null;

/** Stands for an OpenSearch node, on a free port of loopback, as far as a test says what it answers. */
export async function startFakeOpenSearch(answer: (request: FakeRequest) => FakeAnswer): Promise<FakeOpenSearch> {
  const seen: FakeRequest[] = [];
  const server = createServer(async (incoming, outgoing) => {
    const { pathname } = new URL(incoming.url ?? "/", "http://node");
    const request = { method: incoming.method ?? "GET", path: decodeURIComponent(pathname), body: await text(incoming) };
    seen.push(request);
    const answered = answer(request);
    if (!answered) return;
    const { status = 200 } = answered;
    if ("page" in answered) outgoing.writeHead(status, { "content-type": "text/html" }).end(answered.page);
    else outgoing.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(answered.body));
  });
  return { url: await listenOnLoopback(server), seen, close: () => endServer(server) };
}
