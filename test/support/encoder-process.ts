import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";

export interface EncoderProcess {
  readonly url: string;
  readonly child: ChildProcess;
  /** Resolves with the exit code once the process is gone; null where a signal ended it. */
  end(signal: "SIGTERM" | "SIGKILL"): Promise<number | null>;
}

/** `likeness encoder-server serve`, as SageMaker starts it, in a process of its own; ready when this resolves. */
export async function startEncoderProcess(env: Record<string, string>): Promise<EncoderProcess> {
  const command = ["--import", "tsx", "src/cli/likeness.ts", "encoder-server", "serve", "--host", "127.0.0.1"];
  const child = spawn(process.execPath, command, { env: { ...process.env, SAGEMAKER_BIND_TO_PORT: "0", ...env } });
  const exited = once(child, "exit") as Promise<[number | null]>;
  child.stdout.resume();
  const url = await new Promise<string>((resolve, reject) => {
    let output = "";
    child.stderr.on("data", (chunk: Buffer) => {
      output += chunk;
      const found = /Listening on (\S+)/.exec(output)?.[1];
      if (found) resolve(found);
    });
    exited.then(() => reject(new Error(output)));
  });
  const end = async (signal: "SIGTERM" | "SIGKILL"): Promise<number | null> => {
    child.kill(signal);
    return (await exited)[0];
  };
  return { url, child, end };
}
