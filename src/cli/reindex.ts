import type { Command } from "commander";
import { loadConfig } from "../config.js";
import { badInput } from "../domain/errors.js";
import { rebuild, rollBack } from "../indexes/opensearch/rebuild.js";
import { openSearchOptions } from "../opensearch-options.js";

/** Products between two lines of progress. */
const SHOWN_EVERY = 5_000;

export function reindexCommand(program: Command): void {
  program
    .command("reindex")
    .description("build the OpenSearch index anew from its products, with today's settings, while the old one serves")
    .option("--abort", "take back a reindex that was interrupted, instead of going on with it")
    .action(async ({ abort }: { abort?: true }) => {
      const config = loadConfig(process.env);
      if (config.LIKENESS_INDEX !== "opensearch" || config.LIKENESS_OPENSEARCH_EMBEDDING_FIELD) {
        throw badInput(
          "reindex works on an index that Likeness made in OpenSearch: set LIKENESS_INDEX=opensearch, and no embedding field.",
        );
      }
      const options = openSearchOptions(config);
      if (abort) {
        const removed = await rollBack(options);
        console.log(removed.length > 0 ? `Removed ${removed.join(", ")}.` : "There was nothing to take back.");
        return;
      }
      let shown = 0;
      const { from, to, resumed, copied } = await rebuild(options, (count) => {
        if (count - shown < SHOWN_EVERY) return;
        shown = count;
        console.error(`${count} products copied`);
      });
      console.log(
        `${options.alias} now leads to ${to}; ${from} is removed. ${resumed ? "Went on with an earlier run, " : ""}${copied} copied.`,
      );
    });
}
