import { setTimeout as sleep } from "node:timers/promises";
import type { Config } from "../config.js";
import { badInput, LikenessError } from "../domain/errors.js";
import type { Encoder } from "../domain/ports.js";
import { BatchingEncoder } from "../encoders/batching-encoder.js";
import { goBack, removeUnfinished, serve, servingFolder, unfinishedFolder } from "../indexes/lancedb/generations.js";
import { LanceDbIndex } from "../indexes/lancedb/lancedb-index.js";
import { LanceDbReader } from "../indexes/lancedb/lancedb-reader.js";
import { type DataDirLock, lockDataDir } from "../indexes/lancedb/lock.js";
import { readMeta } from "../indexes/lancedb/meta.js";
import { ReencodeProducts } from "../ingest/reencode-products.js";
import { createCommandLog } from "../log.js";
import { openEncoder } from "../open-encoder.js";
import { pictureCopies } from "../picture-copies.js";
import { ReencodeProgress, refuseLacking } from "./reencode-progress.js";

/** Between two looks whether the server has stopped. */
const POLL_MS = 200;
/** While it waits for that, it catches up with the server's writes so often. */
const CATCH_UP_MS = 30_000;

/**
 * Encodes every product anew into a generation beside the one that serves. A server may run meanwhile; what it writes is
 * caught up with. One process at a time owns a data folder, so the new generation takes over once the server has stopped.
 */
export async function reencodeLanceDb(config: Config, { force }: { force: boolean }): Promise<void> {
  const dataDir = config.LIKENESS_DATA_DIR;
  const log = createCommandLog(config.LIKENESS_LOG_LEVEL);
  const from = await LanceDbReader.open(servingFolder(dataDir));
  const encoder = new BatchingEncoder((await openEncoder(config, log)).encoder, { maxCached: 0 });
  checkIsAnother(from, encoder);
  const folder = unfinishedFolder(dataDir);
  checkGoesOn(folder, encoder);
  const to = new LanceDbIndex({ dataDir: folder, log });
  let lock: DataDirLock | null = null;
  try {
    await to.ensureReady(encoder);
    const reencode = new ReencodeProducts(from, to, encoder, await pictureCopies(config, log));
    if (!force) refuseLacking(await reencode.foresee());
    const progress = new ReencodeProgress(await from.count());
    let encoded = 0;
    const pass = async () => {
      const report = await reencode.pass((done) => progress.update(done)).finally(() => progress.stop());
      encoded += report.encoded;
      return report;
    };
    await pass();
    lock = await whenStopped(dataDir, pass);
    // Nobody writes any more, so this pass is the last.
    const { lacking } = await pass();
    if (!force) refuseLacking(lacking);
    const count = await to.count();
    await to.close();
    serve(dataDir, folder);
    console.log(summary(config, { count, encoded, lacking: lacking.products, before: from.meta.modelId, after: encoder.modelId }));
  } finally {
    await to.close();
    await encoder.close();
    from.close();
    lock?.release();
  }
}

/** Lets the index of the model before serve again. Throws BAD_USER_INPUT where there is none, INDEX_UNAVAILABLE while a server runs. */
export function goBackLanceDb(config: Config): void {
  const lock = lockDataDir(config.LIKENESS_DATA_DIR);
  try {
    const folder = goBack(config.LIKENESS_DATA_DIR);
    console.log(`The index of ${readMeta(folder)?.modelId} serves again: start the gateway with that model. --rollback undoes this.`);
    console.log("What was written since is not in it: ingest that again.");
  } finally {
    lock.release();
  }
}

/** Removes what an interrupted re-encoding left. Throws INDEX_UNAVAILABLE while it is still under way. */
export function abortLanceDb(config: Config): void {
  const removed = removeUnfinished(config.LIKENESS_DATA_DIR);
  console.log(removed.length > 0 ? `Removed ${removed.join(", ")}.` : "There was nothing to take back.");
}

function checkIsAnother(from: LanceDbReader, { modelId, dimension }: Encoder): void {
  if (from.meta.modelId === modelId && from.meta.dimension === dimension) {
    throw badInput(`The index holds the embeddings of ${modelId} already; --model names another one.`);
  }
}

function checkGoesOn(folder: string, { modelId }: Encoder): void {
  const started = readMeta(folder);
  if (!started || started.modelId === modelId) return;
  throw badInput(
    `An earlier run began to encode by ${started.modelId}: name that one to go on, or take it back by \`likeness reindex --abort\`.`,
  );
}

/** Claims the data folder as soon as no server owns it, which is at once where none runs. */
async function whenStopped(dataDir: string, catchUp: () => Promise<unknown>): Promise<DataDirLock> {
  for (let waitedMs = 0; ; waitedMs += POLL_MS) {
    try {
      return lockDataDir(dataDir);
    } catch (error) {
      if (!(error instanceof LikenessError)) throw error;
    }
    if (waitedMs === 0) console.error("The new index is built. Stop the server to let it take over; until then it is kept up to date.");
    if (waitedMs % CATCH_UP_MS === 0) await catchUp();
    await sleep(POLL_MS);
  }
}

interface Done {
  readonly count: number;
  readonly encoded: number;
  readonly lacking: number;
  readonly before: string;
  readonly after: string;
}

function summary(config: Config, { count, encoded, lacking, before, after }: Done): string {
  const start = config.LIKENESS_ENCODER === "onnx" ? `LIKENESS_MODEL=${config.LIKENESS_MODEL}` : "the same endpoints";
  return [
    `${count} products are encoded by ${after}, ${encoded} of them in this run.${lacking > 0 ? ` ${lacking} lack their pictures.` : ""}`,
    `Start the gateway with ${start}.`,
    `The index of ${before} is kept: \`likeness reindex --rollback\` goes back to it.`,
  ].join("\n");
}
