import { mkdtempSync, rmSync } from "node:fs";
import { readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { App } from "../app.js";
import type { RowFailure, Tally } from "../domain/jobs.js";
import type { PictureOf } from "../evaluate/contact-sheet.js";
import { ingestLines } from "../ingest/ingest-lines.js";
import { asLines, type CatalogDraft } from "../ingest/readers/catalog-row.js";
import { createCommandApp } from "./command-app.js";

/** A gateway of its own for an evaluation, which never touches the real index. */
export interface EvaluatedApp {
  readonly app: App;
  /** Fills the index. Categories are left out of the products' words unless `keepCategories`. */
  fill(drafts: readonly CatalogDraft[], options: FillOptions): Promise<Tally>;
  readonly pictureOf: PictureOf;
  stop(): Promise<void>;
}

export interface FillOptions {
  readonly keepCategories: boolean;
  readonly onBatch?: (tally: Readonly<Tally>, failures: readonly RowFailure[]) => void;
}

/**
 * The settings of `env`, but with an empty index in a temporary folder; without the shop's rules of order, for it is the model that
 * is judged; without copies of pictures, which would go to the shop's own bucket; and without a memory of encodes, which would
 * spoil timings.
 */
export async function openEvaluatedApp(env: NodeJS.ProcessEnv, index: "memory" | "lancedb"): Promise<EvaluatedApp> {
  const folder = temporaryFolder();
  const app = await open(env, index, folder.path).catch(async (error: unknown) => {
    await folder.remove();
    throw error;
  });
  const draftOf = new Map<string, CatalogDraft>();
  return {
    app,
    fill: async (drafts, { keepCategories, onBatch }) => {
      for (const draft of drafts) draftOf.set(draft.id, draft);
      const told = keepCategories ? drafts : drafts.map((draft) => ({ ...draft, categories: null }));
      return await ingestLines(asLines(told), app.ingest, {
        batchSize: 64,
        maxPictureBytes: app.config.LIKENESS_MAX_UPLOAD_BYTES,
        onBatch: async ({ tally, failures }) => onBatch?.(tally, failures),
      });
    },
    pictureOf: async (id) => {
      const [image] = draftOf.get(id)?.images ?? [];
      if (!image) return null;
      return await ("url" in image ? app.pictures.fetch(image.url) : readFile(image.path)).catch(() => null);
    },
    stop: async () => {
      await app.stop();
      await folder.remove();
    },
  };
}

async function open(env: NodeJS.ProcessEnv, index: "memory" | "lancedb", dataDir: string): Promise<App> {
  const own = { LIKENESS_INDEX: index, LIKENESS_DATA_DIR: dataDir, LIKENESS_ENCODE_CACHE: "0" };
  return await createCommandApp({ ...env, ...own, LIKENESS_MERCHANDISING: "", LIKENESS_PICTURES: "off" });
}

interface TemporaryFolder {
  readonly path: string;
  remove(): Promise<void>;
}

/** Ctrl-C and SIGTERM remove it too, and then end the process as they always do. They are watched before there is anything to remove. */
function temporaryFolder(): TemporaryFolder {
  const signals = ["SIGINT", "SIGTERM"] as const;
  const unwatch = (): void => {
    for (const signal of signals) process.off(signal, onSignal);
  };
  const onSignal = (signal: NodeJS.Signals): void => {
    unwatch();
    rmSync(path, { recursive: true, force: true });
    process.kill(process.pid, signal);
  };
  for (const signal of signals) process.on(signal, onSignal);
  const path = mkdtempSync(join(tmpdir(), "likeness-evaluate-"));
  const remove = async (): Promise<void> => {
    await rm(path, { recursive: true, force: true });
    unwatch();
  };
  return { path, remove };
}
