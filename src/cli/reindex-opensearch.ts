import type { Config } from "../config.js";
import { rebuild, rollBack } from "../indexes/opensearch/rebuild.js";
import { openSearchOptions } from "../opensearch-options.js";

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

export async function abortOpenSearch(config: Config): Promise<void> {
  const removed = await rollBack(openSearchOptions(config));
  console.log(removed.length > 0 ? `Removed ${removed.join(", ")}.` : "There was nothing to take back.");
}
