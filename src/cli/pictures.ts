import { type Command, InvalidArgumentError } from "commander";
import { type Config, loadConfig } from "../config.js";
import { badInput } from "../domain/errors.js";
import type { ReadableIndex } from "../domain/ports.js";
import { wholeFolders } from "../indexes/lancedb/generations.js";
import { LanceDbReader } from "../indexes/lancedb/lancedb-reader.js";
import { lockDataDir } from "../indexes/lancedb/lock.js";
import { openSearchOptions } from "../opensearch-options.js";
import { pictureStore } from "../picture-copies.js";
import { type PruneReport, pruneCopies } from "../pictures/prune-copies.js";
import { readNumber } from "./read-number.js";

const HOUR_MS = 3_600_000;

interface PruneCommandOptions {
  readonly olderThan: number;
  readonly dryRun?: boolean;
}

export function picturesCommand(program: Command): void {
  program
    .command("pictures")
    .description("look after the kept copies of product pictures")
    .command("prune")
    .description("remove copies that no product refers to any more")
    .option("--older-than <hours>", "leave younger copies alone: their products may be on their way", hours, 24)
    .option("--dry-run", "only tell how many there are")
    .action(async (options: PruneCommandOptions) => {
      const { stored, removed } = await prune(loadConfig(process.env), options);
      console.log(`${stored} copies; ${options.dryRun ? "would remove" : "removed"} ${removed} that no product has.`);
    });
}

async function prune(config: Config, { olderThan, dryRun = false }: PruneCommandOptions): Promise<PruneReport> {
  const store = await pictureStore(config);
  if (!store) throw badInput("No copies are kept: set LIKENESS_PICTURES to disk or s3.");
  const before = new Date(Date.now() - olderThan * HOUR_MS);
  return await withIndexes(config, (indexes) => pruneCopies(store, indexes, { before, dryRun }));
}

/** Every index whose products may refer to copies: the one that serves and, embedded, the one that can be gone back to. */
async function withIndexes<T>(config: Config, work: (indexes: readonly ReadableIndex[]) => Promise<T>): Promise<T> {
  if (config.LIKENESS_INDEX === "memory")
    throw badInput("A memory index ends with its process: there is nothing to compare the copies with.");
  if (config.LIKENESS_INDEX === "opensearch") {
    const { openServingIndex } = await import("../indexes/opensearch/open-serving.js");
    const index = await openServingIndex(openSearchOptions(config));
    return await work([index]).finally(() => index.close());
  }
  const lock = lockDataDir(config.LIKENESS_DATA_DIR);
  const readers: LanceDbReader[] = [];
  try {
    for (const folder of wholeFolders(config.LIKENESS_DATA_DIR)) readers.push(await LanceDbReader.open(folder));
    return await work(readers);
  } finally {
    for (const reader of readers) reader.close();
    lock.release();
  }
}

function hours(text: string): number {
  const value = readNumber(text);
  if (Number.isFinite(value) && value >= 0) return value;
  throw new InvalidArgumentError("It must be a number of hours, 0 or more.");
}
