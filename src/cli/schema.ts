import { mkdir, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import type { Command } from "commander";
import { printSdl } from "../graphql/schema.js";

export function schemaCommand(program: Command): void {
  program
    .command("schema")
    .description("print the GraphQL schema (SDL)")
    .option("--write <file>", "write it to a file instead")
    .action(async ({ write }: { write?: string }) => {
      const text = `${(await printSdl()).trimEnd()}\n`;
      if (write === undefined) process.stdout.write(text);
      else {
        await mkdir(dirname(write), { recursive: true });
        await writeFile(write, text);
      }
    });
}
