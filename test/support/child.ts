import { type ChildProcess, fork } from "node:child_process";
import { readFileSync } from "node:fs";
import { Pool } from "undici";

/** A server in a process of its own, so that its time and memory are not the measuring process's. */
export interface Child {
  readonly url: string;
  readonly startedInMs: number;
  /** Resident memory now. */
  residentBytes(): number;
  /** The most resident memory so far. */
  peakResidentBytes(): number;
  /** SIGTERM; resolves when the process is gone. */
  stop(): Promise<void>;
  /** SIGKILL, which no process can prepare for; resolves when the process is gone. */
  kill(): Promise<void>;
}

/** Starts a script that sends `{ url }` once it listens. */
export async function startChild(script: string, env: Record<string, string>): Promise<Child> {
  const startedMs = performance.now();
  const child = fork(script, { env: { ...process.env, ...env }, execArgv: ["--import", "tsx"] });
  const url = await new Promise<string>((resolve, reject) => {
    child.once("message", (message) => resolve((message as { url: string }).url));
    child.once("exit", (code, signal) => reject(new Error(`${script} ended with ${code ?? signal} before it listened.`)));
  });
  const end = async (signal: "SIGTERM" | "SIGKILL"): Promise<void> => {
    const gone = new Promise((resolve) => child.once("exit", resolve));
    child.kill(signal);
    await gone;
  };
  return {
    url,
    startedInMs: performance.now() - startedMs,
    residentBytes: () => memoryBytes(child, "VmRSS"),
    peakResidentBytes: () => memoryBytes(child, "VmHWM"),
    stop: () => end("SIGTERM"),
    kill: () => end("SIGKILL"),
  };
}

/** From Linux's /proc/PID/status (proc(5)), in KiB there. */
function memoryBytes(child: ChildProcess, field: "VmRSS" | "VmHWM"): number {
  const status = readFileSync(`/proc/${child.pid}/status`, "utf8");
  return Number(new RegExp(`${field}:\\s+(\\d+) kB`).exec(status)?.[1] ?? Number.NaN) * 1024;
}

/** A GraphQL client on kept-alive connections; throws for a response with errors. */
export function createClient(url: string, connections: number) {
  const { origin, pathname } = new URL(url);
  const pool = new Pool(origin, { connections, pipelining: 1, headersTimeout: 0, bodyTimeout: 0 });
  return {
    async post<T>(body: string): Promise<T> {
      const response = await pool.request({ path: pathname, method: "POST", headers: { "content-type": "application/json" }, body });
      const answer = (await response.body.json()) as { data: T; errors?: unknown };
      if (answer.errors) throw new Error(JSON.stringify(answer.errors).slice(0, 500));
      return answer.data;
    },
    close: () => pool.close(),
  };
}
