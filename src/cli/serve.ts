import type { Command } from "commander";
import { createApp } from "../app.js";
import { loadConfig } from "../config.js";
import { runUntilSignal } from "../run-until-signal.js";

export function serveCommand(program: Command): void {
  program
    .command("serve")
    .description("start the GraphQL server")
    .action(async () => {
      await runUntilSignal(await createApp(loadConfig(process.env)), (url) => console.error(`Listening on ${url}/graphql`));
    });
}
