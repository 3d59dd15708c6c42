import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TypedDocumentNode } from "@graphql-typed-document-node/core";
import { print } from "graphql";
import { type App, createApp } from "../../src/app.js";
import { loadConfig } from "../../src/config.js";

/** A real gateway on a free port of loopback, with a data folder of its own. */
export interface Gateway {
  readonly app: App;
  readonly url: string;
  /** Of the metrics, where `LIKENESS_METRICS_PORT` is given. */
  readonly metricsUrl: string | null;
  readonly stop: () => Promise<void>;
}

export interface Answer<T> {
  readonly status: number;
  readonly data: T;
  readonly errors?: readonly { message: string; extensions: { code: string } }[];
  readonly extensions?: { likeness: Record<string, number> };
}

/** Settings that every gateway of a test run has beside its own, so that the same tests can prove other adapters. */
export const everyGateway: Record<string, string> = {};

export async function startGateway(env: Record<string, string> = {}): Promise<Gateway> {
  const dataDir = await mkdtemp(join(tmpdir(), "likeness-"));
  const defaults = { PORT: "0", LIKENESS_DATA_DIR: dataDir, LIKENESS_LOG_LEVEL: "silent", LIKENESS_DEBUG: "1" };
  const settings = { ...defaults, ...adaptersOf(process.env), ...everyGateway, ...env };
  const app = await createApp(loadConfig(settings));
  const { url, metricsUrl } = await app.start();
  const stop = async () => {
    await app.stop();
    await rm(dataDir, { recursive: true, force: true });
  };
  return { app, url: `${url}/graphql`, metricsUrl, stop };
}

/** Which encoder and index the environment names: the same tests run over any of them. */
function adaptersOf(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => /^LIKENESS_(ENCODER|INDEX|SAGEMAKER_|OPENSEARCH_)/.test(name)));
}

export async function ask<T, V>(
  url: string,
  document: TypedDocumentNode<T, V> | string,
  variables?: V,
  headers: Record<string, string> = {},
): Promise<Answer<T>> {
  const query = typeof document === "string" ? document : print(document);
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", accept: "application/json", ...headers },
    body: JSON.stringify({ query, variables }),
  });
  return { status: response.status, ...((await response.json()) as Omit<Answer<T>, "status">) };
}

/** Sends a GraphQL multipart request (jaydenseric/graphql-multipart-request-spec); `map` tells where each file goes. */
export async function askWithFiles<T>(
  url: string,
  operations: { query: string; variables: unknown },
  files: readonly { paths: readonly string[]; bytes: Uint8Array }[],
  headers: Record<string, string> = { "apollo-require-preflight": "true" },
): Promise<Answer<T>> {
  const form = new FormData();
  form.set("operations", JSON.stringify(operations));
  form.set("map", JSON.stringify(Object.fromEntries(files.map(({ paths }, i) => [String(i), paths]))));
  files.forEach(({ bytes }, i) => {
    form.set(String(i), new Blob([Uint8Array.from(bytes)]), `picture-${i}.jpg`);
  });
  const response = await fetch(url, { method: "POST", headers, body: form });
  return { status: response.status, ...((await response.json()) as Omit<Answer<T>, "status">) };
}

/** The bytes of a photo of the sample catalogue. */
export async function samplePhoto(name: string): Promise<Uint8Array> {
  return await readFile(join("node_modules/@vendure/create/assets/images", name));
}
