import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type App, createApp } from "../app.js";
import { loadConfig } from "../config.js";
import type { RowFailure, Tally } from "../domain/jobs.js";
import { ingestLines } from "../ingest/ingest-lines.js";
import type { CatalogDraft, CatalogLine } from "../ingest/readers/catalog-row.js";

/** A gateway of its own for an evaluation, which never touches the real index. */
export interface EvaluatedApp {
  readonly app: App;
  /** Fills the index. Categories are left out of the products' words unless `keepCategories`. */
  fill(drafts: readonly CatalogDraft[], options: FillOptions): Promise<Tally>;
  /** The bytes of a product's first picture; null where it has none that can be read. */
  pictureOf(id: string): Promise<Uint8Array | null>;
  stop(): Promise<void>;
}

export interface FillOptions {
  readonly keepCategories: boolean;
  readonly onBatch?: (tally: Readonly<Tally>, failures: readonly RowFailure[]) => void;
}

/**
 * The settings of `env`, but with an empty index in a temporary folder, no memory of encodes, which would spoil timings, no copies
 * of pictures, which could go into the real bucket, and none of the shop's boosts and pins: it is the model that is judged.
 */
export async function openEvaluatedApp(env: NodeJS.ProcessEnv, index: "memory" | "lancedb"): Promise<EvaluatedApp> {
  const dataDir = await mkdtemp(join(tmpdir(), "likeness-evaluate-"));
  const removed = (): Promise<void> => rm(dataDir, { recursive: true, force: true });
  const settings = {
    ...env,
    LIKENESS_INDEX: index,
    LIKENESS_DATA_DIR: dataDir,
    LIKENESS_ENCODE_CACHE: "0",
    LIKENESS_PICTURES: "off",
    LIKENESS_MERCHANDISING: "",
  };
  const app = await createApp(loadConfig(settings)).catch(async (error: unknown) => {
    await removed();
    throw error;
  });
  const draftOf = new Map<string, CatalogDraft>();
  return {
    app,
    fill: async (drafts, { keepCategories, onBatch }) => {
      for (const draft of drafts) draftOf.set(draft.id, draft);
      return await ingestLines(asLines(drafts, keepCategories), app.ingest, {
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
      await removed();
    },
  };
}

async function* asLines(drafts: readonly CatalogDraft[], keepCategories: boolean): AsyncGenerator<CatalogLine> {
  for (const [i, draft] of drafts.entries()) yield { line: i + 1, draft: keepCategories ? draft : { ...draft, categories: null } };
}
