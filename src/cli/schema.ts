import { mkdir, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import type { Command } from "commander";
import { printSdl, printSubgraphSdl } from "../graphql/schema.js";

export function schemaCommand(program: Command): void {
  program
    .command("schema")
    .description("print the GraphQL schema (SDL)")
    .option("--subgraph", "as a subgraph of Apollo Federation 2")
    .option("--write <file>", "write it to a file instead")
    .action(async ({ subgraph, write }: { subgraph?: boolean; write?: string }) => {
      const text = `${(subgraph ? printSubgraphSdl() : printSdl()).trimEnd()}\n`;
      if (write === undefined) process.stdout.write(text);
      else {
        await mkdir(dirname(write), { recursive: true });
        await writeFile(write, text);
      }
    });
}
