import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The folder `deploy` and the repository's. */
export const DEPLOY = fileURLToPath(new URL("..", import.meta.url));
export const REPOSITORY = join(DEPLOY, "..");

export interface Outcome {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a tool of `requirements.txt`. Throws where it cannot be started, so that no check is passed over in silence. */
export function runTool(name: string, args: readonly string[], input = ""): Outcome {
  const folder = process.env["DEPLOY_TOOLS_DIR"];
  if (!folder) throw new Error("DEPLOY_TOOLS_DIR is not set: run the tests by npm run test:deploy, which installs the tools.");
  const { status, stdout, stderr, error } = spawnSync(join(folder, "bin", name), args, { input, encoding: "utf8", cwd: DEPLOY });
  if (error || status === null) throw error ?? new Error(`${name} was ended by a signal.`);
  return { status, stdout, stderr };
}
