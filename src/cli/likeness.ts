#!/usr/bin/env node
import "../production.js";

import { createRequire } from "node:module";
import { Command } from "commander";
import { describeConfig, unknownSettings } from "../config.js";
import { LikenessError } from "../domain/errors.js";
import { demoCommand } from "./demo.js";
import { encoderServerCommand } from "./encoder-server.js";
import { evaluateCommand } from "./evaluate.js";
import { ingestCommand } from "./ingest.js";
import { picturesCommand } from "./pictures.js";
import { printable } from "./printable.js";
import { reindexCommand } from "./reindex.js";
import { schemaCommand } from "./schema.js";
import { searchCommand } from "./search.js";
import { serveCommand } from "./serve.js";

const { version } = createRequire(import.meta.url)("../../package.json") as { version: string };
const program = new Command("likeness")
  .description("Product search by words and pictures.")
  .version(version)
  // Commands take it over when they are added.
  .showHelpAfterError("Add --help to see what is allowed.")
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

// Whoever reads our output may stop early (`| head`): that is no mistake, and must not end an ingest.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") fail(error);
});
process.stderr.on("error", () => {});

for (const name of unknownSettings(process.env)) console.error(`warning: ${name} is no setting and does nothing; see likeness --help`);

await program.parseAsync().catch(fail);

/** A mistake of the caller, or what the system refuses, is told in its own words; anything else is a bug and keeps its stack. */
function fail(error: unknown): void {
  const isNoBug = error instanceof LikenessError || (error instanceof Error && "syscall" in error);
  console.error(isNoBug ? `error: ${error.message.replace(/[^\n]+/g, printable)}` : error);
  process.exitCode = 1;
}
