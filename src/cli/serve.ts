import type { Command } from "commander";
import { type App, createApp } from "../app.js";
import { loadConfig } from "../config.js";
import { runUntilSignal } from "../run-until-signal.js";

export function serveCommand(program: Command): void {
  program
    .command("serve")
    .description("start the GraphQL server")
    .action(async () => {
      await serve(await createApp(loadConfig(process.env)), (url) => console.log(`Listening on ${url}/graphql`));
    });
}

/** Serves until a signal; where the start fails (a port in use), what was opened is closed, so that the process can end. */
export async function serve(app: App, onReady: (url: string) => void): Promise<void> {
  try {
    await runUntilSignal(app, onReady);
  } catch (error) {
    await app.stop();
    throw error;
  }
}
