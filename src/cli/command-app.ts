import { type App, createApp } from "../app.js";
import { loadConfig } from "../config.js";
import { createCommandLog } from "../log.js";

/** The gateway's parts by the settings of `env`, for a command whose stdout is its result. */
export async function createCommandApp(env: NodeJS.ProcessEnv): Promise<App> {
  const config = loadConfig(env);
  return await createApp(config, createCommandLog(config.LIKENESS_LOG_LEVEL));
}
