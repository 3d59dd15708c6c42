import { createServer } from "node:http";
import { print } from "graphql";
import { createClient } from "graphql-sse";
import {
  CatalogDocument,
  FollowImportDocument,
  type FollowImportSubscription,
  ImportCatalogDocument,
  type ImportCatalogMutation,
  ImportStateDocument,
  type ImportStateQuery,
} from "../gql/operations.js";
import { type Answer, ask } from "./gateway.js";
import { listenOnLoopback } from "./loopback.js";

export const DIMENSION = 8;

export type Progress = FollowImportSubscription["ingestJobProgress"];
type Job = NonNullable<ImportStateQuery["ingestJob"]>;

/** NDJSON of products `p0` … with ready embeddings; `edit` replaces the line of a product. */
export function catalogOf(count: number, edit: (i: number) => string | null = () => null): Buffer {
  const line = (i: number) => edit(i) ?? JSON.stringify({ id: `p${i}`, brand: `brand ${i % 7}`, embedding: embeddingOf(i) });
  return Buffer.from(Array.from({ length: count }, (_, i) => `${line(i)}\n`).join(""));
}

function embeddingOf(i: number): number[] {
  return Array.from({ length: DIMENSION }, (_, j) => Math.sin(1 + i * DIMENSION + j));
}

export interface Upload {
  readonly name?: string;
  readonly url?: string;
  readonly format?: string;
  readonly currency?: string;
  readonly locale?: string;
  readonly idempotencyKey?: string;
}

/** `importCatalog` by a multipart request. */
export async function upload(url: string, bytes: Uint8Array, given: Upload = {}): Promise<Answer<ImportCatalogMutation>> {
  return await uploadBlob(url, new Blob([Uint8Array.from(bytes)]), given);
}

/** The same of a blob, which may be a file that does not fit in memory. */
export async function uploadBlob(
  url: string,
  blob: Blob,
  { name = "shop.ndjson", ...variables }: Upload = {},
): Promise<Answer<ImportCatalogMutation>> {
  const form = new FormData();
  form.set("operations", JSON.stringify({ query: print(ImportCatalogDocument), variables: { file: null, ...variables } }));
  form.set("map", JSON.stringify({ 0: ["variables.file"] }));
  form.set("0", blob, name);
  const response = await fetch(url, { method: "POST", headers: { "apollo-require-preflight": "true" }, body: form });
  return { status: response.status, ...((await response.json()) as Omit<Answer<ImportCatalogMutation>, "status">) };
}

/** The id of an import that was accepted. */
export function idOf({ data, errors }: Answer<ImportCatalogMutation>): string {
  if (errors) throw new Error(JSON.stringify(errors));
  return data.importCatalog.id;
}

export async function stateOf(url: string, id: string): Promise<Job> {
  const { data } = await ask(url, ImportStateDocument, { id });
  if (!data.ingestJob) throw new Error(`There is no import ${id}.`);
  return data.ingestJob;
}

/** Products in the index. */
export async function countOf(url: string): Promise<number> {
  return (await ask(url, CatalogDocument)).data.catalog.productCount;
}

/** Waits for an import until `until` is true of it, by default until it has ended. */
export async function waitFor(
  url: string,
  id: string,
  until: (job: Job) => boolean = ({ finishedAt }) => finishedAt !== null,
): Promise<Job> {
  for (;;) {
    const job = await stateOf(url, id);
    if (until(job)) return job;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Everything that the subscription tells of an import, by the client of the GraphQL over SSE protocol. */
export async function follow(url: string, id: string): Promise<Progress[]> {
  const client = createClient({ url: `${url}/stream`, retryAttempts: 0 });
  const told: Progress[] = [];
  for await (const { data, errors } of client.iterate<FollowImportSubscription>({
    query: print(FollowImportDocument),
    variables: { id },
  })) {
    if (errors || !data) throw new Error(JSON.stringify(errors));
    told.push(data.ingestJobProgress);
  }
  client.dispose();
  return told;
}

/** A file server on loopback, as a shop's own; `served` tells how often each path was asked for. */
export async function serveFiles(files: Record<string, Uint8Array>) {
  const served: string[] = [];
  const server = createServer((request, response) => {
    served.push(request.url ?? "");
    const file = files[request.url ?? ""];
    if (file) response.end(file);
    else response.writeHead(404).end();
  });
  return { url: await listenOnLoopback(server), served, close: () => server.close() };
}
