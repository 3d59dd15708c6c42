import "./production.js";

import { createApp } from "./app.js";
import { loadConfig } from "./config.js";
import { LikenessError } from "./domain/errors.js";
import { runUntilSignal } from "./run-until-signal.js";

try {
  await runUntilSignal(await createApp(loadConfig(process.env)));
} catch (error) {
  process.stderr.write(`${error instanceof LikenessError ? error.message : (error as Error).stack}\n`);
  process.exitCode = 1;
}
