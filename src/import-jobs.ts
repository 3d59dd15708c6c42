import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Config } from "./config.js";
import type { JobStore } from "./domain/jobs.js";
import type { SharedFiles } from "./domain/ports.js";
import { createDownloads } from "./fetch/downloads.js";
import type { IngestProducts } from "./ingest/ingest-products.js";
import { DiskJobStore } from "./jobs/disk-job-store.js";
import { type Jobs, openJobs } from "./jobs/open-jobs.js";
import { pruneJobs } from "./jobs/prune-jobs.js";
import type { Logger } from "./log.js";
import { openSearchOptions } from "./opensearch-options.js";

const DAY_MS = 24 * 60 * 60_000;
/** A source that is silent for so long holds a worker no longer. Proxies before shops wait as long for what is behind them (nginx's default). */
const SILENCE_MS = 60_000;

/** The imports of a gateway, and what ends them. */
export interface ImportJobs extends Jobs {
  close(): Promise<void>;
}

/** Opens the imports and begins the work on those that wait. Jobs live as long as the products: those of a memory index end with it. */
export async function startImportJobs(config: Config, products: IngestProducts, log: Logger): Promise<ImportJobs> {
  const isTemporary = config.LIKENESS_INDEX === "memory";
  const folder = isTemporary ? await mkdtemp(join(tmpdir(), "likeness-jobs-")) : join(config.LIKENESS_DATA_DIR, "jobs");
  const store = await openStore(config, folder, log);
  const jobs = await openJobs({
    store,
    folder,
    products,
    downloads: createDownloads({
      timeoutMs: config.LIKENESS_IMPORT_TRANSFER_MS,
      silenceMs: SILENCE_MS,
      allowPrivateUrls: config.LIKENESS_ALLOW_PRIVATE_URLS,
    }),
    maxBytes: config.LIKENESS_MAX_CATALOG_BYTES,
    shared: await sharedFiles(config),
    workers: config.LIKENESS_IMPORT_WORKERS,
    leaseMs: config.LIKENESS_IMPORT_LEASE_MS,
    log,
  });
  jobs.runner.start();
  const stopPruning = pruneJobs({ ...jobs, store, keepMs: config.LIKENESS_IMPORT_KEEP_DAYS * DAY_MS, log });
  const close = async (): Promise<void> => {
    stopPruning();
    await store.close();
    if (isTemporary) await rm(folder, { recursive: true, force: true });
  };
  return { ...jobs, close };
}

async function sharedFiles(config: Config): Promise<SharedFiles | null> {
  const bucket = config.LIKENESS_IMPORTS_BUCKET;
  if (!bucket) return null;
  const { S3Files } = await import("./shared-files/s3-files.js");
  return new S3Files({ bucket, prefix: config.LIKENESS_IMPORTS_PREFIX });
}

/** Where the products are, so that all gateways of one index share its imports. An index made elsewhere takes no products. */
async function openStore(config: Config, folder: string, log: Logger): Promise<JobStore> {
  const shared = config.LIKENESS_INDEX === "opensearch" && !config.LIKENESS_OPENSEARCH_EMBEDDING_FIELD;
  if (!shared) return await DiskJobStore.open(join(folder, "journal"), log);
  const { OpenSearchJobStore } = await import("./indexes/opensearch/job-store.js");
  return await OpenSearchJobStore.open({ ...openSearchOptions(config), log });
}
