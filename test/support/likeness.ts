import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** `likeness` with these arguments as a process of its own, on a data folder. */
export function spawnLikeness(args: readonly string[], dataDir: string, env: Record<string, string> = {}): ChildProcess {
  return spawn(process.execPath, ["--import", "tsx", "src/cli/likeness.ts", ...args], {
    env: { ...process.env, LIKENESS_DATA_DIR: dataDir, LIKENESS_LOG_LEVEL: "warn", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
}

/** The same, awaited. */
export async function likeness(args: readonly string[], dataDir: string, env: Record<string, string> = {}): Promise<Ended> {
  return await ended(spawnLikeness(args, dataDir, env));
}

export async function ended(child: ChildProcess): Promise<Ended> {
  const output = [child.stdout, child.stderr].map((stream) => (stream ? text(stream) : ""));
  const [code] = (await once(child, "exit")) as [number | null];
  const [stdout = "", stderr = ""] = await Promise.all(output);
  return { code, stdout, stderr };
}
