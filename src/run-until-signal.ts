import type { App } from "./app.js";
import { logCrash } from "./log.js";

/** Serves until SIGTERM or SIGINT, then finishes the requests that are running and closes the index; a second signal kills. */
export async function runUntilSignal(app: App, onReady?: (url: string) => void): Promise<void> {
  logCrash(app.log);
  const { url, metricsUrl } = await startOrStop(app);
  const served = metricsUrl === null ? {} : { metrics: metricsUrl };
  app.log.info({ url: `${url}/graphql`, ...served, model: app.encoder.modelId, index: app.index.name }, "ready");
  onReady?.(url);
  await untilSignal();
  await app.stop();
}

/** Resolves at the first SIGTERM or SIGINT; a second one ends the process. */
export function untilSignal(): Promise<void> {
  return new Promise<void>((resolve) => {
    const end = (): void => {
      process.off("SIGTERM", end).off("SIGINT", end);
      resolve();
    };
    process.on("SIGTERM", end).on("SIGINT", end);
  });
}

/** Starts the server; where that fails (a port in use), what was opened is closed, so that the process can end. */
async function startOrStop(app: App): ReturnType<App["start"]> {
  try {
    return await app.start();
  } catch (error) {
    await app.stop();
    throw error;
  }
}
