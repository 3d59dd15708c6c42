import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join, normalize } from "node:path";
import type { CatalogDraft, CatalogLine } from "../../src/ingest/readers/catalog-row.js";
import { readCatalog } from "../../src/ingest/readers/read-catalog.js";
import { endServer, listenOnLoopback } from "./loopback.js";

/** Hand-made catalogues, one of each format. */
export const CATALOGUES = "test/fixtures/catalogues";

export type ReadOptions = Parameters<typeof readCatalog>[1];

export async function readAll(file: string, options: ReadOptions = {}): Promise<CatalogLine[]> {
  const all: CatalogLine[] = [];
  for await (const line of readCatalog(file, options)) all.push(line);
  return all;
}

export const draftsOf = (lines: readonly CatalogLine[]): CatalogDraft[] => lines.flatMap((line) => ("draft" in line ? [line.draft] : []));
export const errorsOf = (lines: readonly CatalogLine[]): string[] =>
  lines.flatMap((line) => ("error" in line ? [`${line.line}: ${line.error.message}`] : []));

/** A folder that is removed by `remove`. */
export async function temporaryFolder(): Promise<{ folder: string; remove: () => Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), "likeness-catalogues-"));
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) };
}

/** A copy of the ABO fixture with the outputs of a batch transform beside its pictures. */
export async function encodedAbo(folder: string): Promise<string> {
  const copy = join(folder, "abo");
  await cp(join(CATALOGUES, "abo"), copy, { recursive: true });
  await cp(join(CATALOGUES, "abo-outputs"), join(copy, "images/small"), { recursive: true });
  return copy;
}

/** The files of a folder over HTTP, as a bucket or an image host serves them. */
export async function serveFolder(folder: string): Promise<{ url: string; stop: () => Promise<void> }> {
  const server = createServer((request, response) => {
    const path = normalize(decodeURIComponent(new URL(request.url ?? "/", "http://localhost").pathname));
    readFile(join(folder, path)).then(
      (bytes) => response.end(bytes),
      () => response.writeHead(404).end(),
    );
  });
  return { url: await listenOnLoopback(server), stop: () => endServer(server) };
}

/** A copy of a fixture whose pictures are at `host` instead of its made-up image host. */
export async function withPictureHost(name: string, host: string, folder: string): Promise<string> {
  const text = await readFile(join(CATALOGUES, name), "utf8");
  const copy = join(folder, name.replaceAll("/", "-"));
  await writeFile(copy, text.replaceAll("https://cdn.shop.example", host));
  return copy;
}
