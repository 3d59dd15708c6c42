import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { Worker } from "node:worker_threads";

/**
 * Runs a script as a thread. `script`: without its ending, relative to `from`, the caller's `import.meta.url`. A thread does not
 * inherit the loader that runs TypeScript sources, so there it is registered first.
 */
export function startThread(script: string, from: string, workerData: unknown): Worker {
  if (!from.endsWith(".ts")) return new Worker(new URL(`${script}.js`, from), { workerData });
  const source = new URL(`${script}.ts`, from).href;
  const loader = new URL("dist/esm/api/index.mjs", pathToFileURL(createRequire(import.meta.url).resolve("tsx/package.json"))).href;
  const run = `import(${JSON.stringify(loader)}).then(({ register }) => { register(); return import(${JSON.stringify(source)}); });`;
  return new Worker(run, { eval: true, workerData });
}
