import { type Command, Option } from "commander";
import { type Config, loadConfig } from "../config.js";
import { badInput } from "../domain/errors.js";
import { abortLanceDb, goBackLanceDb, reencodeLanceDb } from "./reindex-lancedb.js";

interface ReindexOptions {
  /** True for the model of the environment. */
  readonly model?: string | true;
  /** Alias of the new index in OpenSearch. */
  readonly to?: string;
  readonly force?: boolean;
  readonly rollback?: true;
  readonly abort?: true;
}

export function reindexCommand(program: Command): void {
  program
    .command("reindex")
    .description("build the index anew from its products while the old one serves: with today's settings, or for another model")
    .option("--model [folder or id]", "encode every product anew by this model, or that of the environment, from kept pictures and words")
    .option("--to <alias>", "with OpenSearch and --model: alias of the index to fill, which gateways with the new model will use")
    .option("--force", "go on though some pictures cannot be encoded again; their products are then found by words alone")
    .addOption(new Option("--rollback", "let the index of the model before serve again").conflicts(["model", "abort"]))
    .addOption(new Option("--abort", "take back a reindex that was interrupted, instead of going on with it").conflicts("model"))
    .action(async (options: ReindexOptions) => {
      if (options.force && !options.model) throw badInput("--force is for pictures that are encoded again: give --model with it.");
      const config = loadConfig({ ...process.env, ...(typeof options.model === "string" && { LIKENESS_MODEL: options.model }) });
      if (config.LIKENESS_INDEX === "lancedb") await reindexLanceDb(config, options);
      else if (config.LIKENESS_INDEX === "opensearch") await reindexOpenSearch(config, options);
      else throw badInput("A memory index keeps nothing to build anew: set LIKENESS_INDEX to lancedb or opensearch.");
    });
}

async function reindexLanceDb(config: Config, { model, to, force = false, rollback, abort }: ReindexOptions): Promise<void> {
  if (to)
    throw badInput(
      "--to names an index of OpenSearch, and the embedded index has no alias: leave it out, or set LIKENESS_INDEX=opensearch.",
    );
  if (abort) abortLanceDb(config);
  else if (rollback) goBackLanceDb(config);
  else if (model) await reencodeLanceDb(config, { force });
  else throw badInput("Name the model to encode by: --model. (Without it, reindex is for OpenSearch: set LIKENESS_INDEX=opensearch.)");
}

async function reindexOpenSearch(config: Config, { model, to, force = false, rollback, abort }: ReindexOptions): Promise<void> {
  if (config.LIKENESS_OPENSEARCH_EMBEDDING_FIELD) {
    throw badInput("reindex works on an index that Likeness made: unset LIKENESS_OPENSEARCH_EMBEDDING_FIELD.");
  }
  if (rollback) throw badInput("In OpenSearch the index before stays under its own alias: start the gateways with that and its model.");
  if (Boolean(model) !== Boolean(to)) {
    throw badInput("Another model's index in OpenSearch has an alias of its own: give --model and --to together, or neither.");
  }
  const { abortOpenSearch, rebuildOpenSearch, reencodeOpenSearch } = await import("./reindex-opensearch.js");
  if (abort) await abortOpenSearch(config);
  else if (to) await reencodeOpenSearch(config, { to, force });
  else await rebuildOpenSearch(config);
}
