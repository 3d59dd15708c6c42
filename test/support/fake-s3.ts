import { createServer, type IncomingMessage } from "node:http";
import { buffer } from "node:stream/consumers";
import { endServer, listenOnLoopback } from "./loopback.js";

/** What the picture store needs of Amazon S3's REST API (path-style), on a free port of loopback. */
export interface FakeS3 {
  readonly url: string;
  /** Bodies by `bucket/key`. */
  readonly objects: Map<string, { body: Buffer; contentType: string | undefined; modified: Date }>;
  /** Answers every request with 403 while set. */
  denied: boolean;
  close(): Promise<void>;
}

export async function startFakeS3(): Promise<FakeS3> {
  const objects: FakeS3["objects"] = new Map();
  const server = createServer(async (request, response) => {
    const { status, headers, body } = fake.denied ? error(403, "AccessDenied") : answer(objects, request, await buffer(request));
    response.writeHead(status, headers).end(request.method === "HEAD" ? undefined : body);
  });
  const fake: FakeS3 = { url: await listenOnLoopback(server), objects, denied: false, close: () => endServer(server) };
  return fake;
}

interface Answer {
  readonly status: number;
  readonly headers?: Record<string, string>;
  readonly body?: Buffer | string;
}

function answer(objects: FakeS3["objects"], { method, url = "", headers }: IncomingMessage, body: Buffer): Answer {
  const { pathname, searchParams } = new URL(url, "http://s3");
  const path = decodeURIComponent(pathname).slice(1);
  if (method === "GET" && searchParams.get("list-type") === "2") return list(objects, path.replace(/\/$/, ""), searchParams);
  if (method === "PUT") {
    objects.set(path, { body, contentType: headers["content-type"], modified: new Date() });
    return { status: 200 };
  }
  if (method === "DELETE") {
    objects.delete(path);
    return { status: 204 };
  }
  const found = objects.get(path);
  if (!found) return error(404, "NoSuchKey");
  return {
    status: 200,
    headers: { "last-modified": found.modified.toUTCString(), "content-length": `${found.body.length}` },
    body: found.body,
  };
}

/** Two keys a page, so that a listing has several. */
function list(objects: FakeS3["objects"], bucket: string, params: URLSearchParams): Answer {
  const start = `${bucket}/${params.get("prefix") ?? ""}`;
  const keys = [...objects.keys()].filter((key) => key.startsWith(start)).sort();
  const from = Number(params.get("continuation-token") ?? 0);
  const contents = keys.slice(from, from + 2).map((key) => {
    const modified = objects.get(key)?.modified.toISOString();
    return `<Contents><Key>${key.slice(bucket.length + 1)}</Key><LastModified>${modified}</LastModified></Contents>`;
  });
  const more = from + 2 < keys.length;
  const next = more ? `<NextContinuationToken>${from + 2}</NextContinuationToken>` : "";
  const body = `<ListBucketResult><IsTruncated>${more}</IsTruncated>${next}${contents.join("")}</ListBucketResult>`;
  return { status: 200, headers: { "content-type": "application/xml" }, body };
}

function error(status: number, code: string): Answer {
  return { status, headers: { "content-type": "application/xml" }, body: `<Error><Code>${code}</Code><Message>${code}</Message></Error>` };
}
