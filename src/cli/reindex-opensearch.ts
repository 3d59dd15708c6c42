import type { Config } from "../config.js";
import { badInput } from "../domain/errors.js";
import { BatchingEncoder } from "../encoders/batching-encoder.js";
import { openServingIndex } from "../indexes/opensearch/open-serving.js";
import { OpenSearchIndex } from "../indexes/opensearch/opensearch-index.js";
import { rebuild, rollBack } from "../indexes/opensearch/rebuild.js";
import { ReencodeProducts } from "../ingest/reencode-products.js";
import { createCommandLog } from "../log.js";
import { openEncoder } from "../open-encoder.js";
import { checkAlias, openSearchOptions } from "../opensearch-options.js";
import { pictureCopies } from "../picture-copies.js";
import { ReencodeProgress, refuseLacking } from "./reencode-progress.js";

/** Products between two lines of progress. */
const SHOWN_EVERY = 5_000;

/** Builds the index anew with today's settings, of the same embeddings. */
export async function rebuildOpenSearch(config: Config): Promise<void> {
  const options = openSearchOptions(config);
  let shown = 0;
  const { from, to, resumed, copied } = await rebuild(options, (count) => {
    if (count - shown < SHOWN_EVERY) return;
    shown = count;
    console.error(`${count} products copied`);
  });
  console.log(
    `${options.alias} now leads to ${to}; ${from} is removed. ${resumed ? "Went on with an earlier run, " : ""}${copied} copied.`,
  );
}

/** Removes what an interrupted rebuild left, and lets the index that serves be written again. */
export async function abortOpenSearch(config: Config): Promise<void> {
  const removed = await rollBack(openSearchOptions(config));
  console.log(removed.length > 0 ? `Removed ${removed.join(", ")}.` : "There was nothing to take back.");
}

/**
 * Encodes every product anew into an index of its own alias. A gateway knows one model and one alias, so both change together
 * when gateways of the new model take over; until then those of the old one go on with theirs, untouched.
 */
export async function reencodeOpenSearch(config: Config, { to: alias, force }: { to: string; force: boolean }): Promise<void> {
  const options = openSearchOptions(config);
  checkAlias("--to", alias);
  if (alias === options.alias) throw badInput(`--to is ${alias}, which is the index to encode from: name another alias.`);
  const log = createCommandLog(config.LIKENESS_LOG_LEVEL);
  const from = await openServingIndex({ ...options, log });
  const to = new OpenSearchIndex({ ...options, alias, log });
  const encoder = new BatchingEncoder((await openEncoder(config, log)).encoder, { maxCached: 0 });
  try {
    const reencode = new ReencodeProducts(from, to, encoder, await pictureCopies(config, log));
    if (!force) refuseLacking(await reencode.foresee());
    await to.ensureReady(encoder);
    const progress = new ReencodeProgress(await from.count());
    const first = await reencode.pass((done) => progress.update(done)).finally(() => progress.stop());
    // Catches up with what was written while the first was encoded, which may have taken hours.
    const second = await reencode.pass(() => {});
    if (!force) refuseLacking(second.lacking);
    console.log(
      `${await to.count()} products under ${alias} are encoded by ${encoder.modelId}, ${first.encoded + second.encoded} of them in this run.\n` +
        "To switch: pause ingests, run this once more to catch up, and start the gateways with this model and " +
        `LIKENESS_OPENSEARCH_INDEX=${alias}. The old index stays as it is.`,
    );
  } finally {
    await encoder.close();
    await Promise.all([from.close(), to.close()]);
  }
}
