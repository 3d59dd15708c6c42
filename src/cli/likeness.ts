#!/usr/bin/env node
import "../production.js";

import { Command } from "commander";
import { describeConfig } from "../config.js";
import { LikenessError } from "../domain/errors.js";
import { demoCommand } from "./demo.js";
import { encoderServerCommand } from "./encoder-server.js";
import { evaluateCommand } from "./evaluate.js";
import { ingestCommand } from "./ingest.js";
import { picturesCommand } from "./pictures.js";
import { reindexCommand } from "./reindex.js";
import { schemaCommand } from "./schema.js";
import { searchCommand } from "./search.js";
import { serveCommand } from "./serve.js";

const program = new Command("likeness")
  .description("Product search by words and pictures.")
  .addHelpText("after", () => `\nEnvironment:\n${describeConfig()}`);
const commands = [
  ingestCommand,
  searchCommand,
  evaluateCommand,
  serveCommand,
  encoderServerCommand,
  reindexCommand,
  picturesCommand,
  schemaCommand,
  demoCommand,
];
for (const add of commands) add(program);

try {
  await program.parseAsync();
} catch (error) {
  // A mistake of the caller is told in its own words; anything else is a bug and keeps its stack.
  if (error instanceof LikenessError) console.error(`error: ${error.message}`);
  else console.error(error);
  process.exitCode = 1;
}
