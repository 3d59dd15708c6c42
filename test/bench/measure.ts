import { cpus, totalmem } from "node:os";

export interface Load {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
}

/** A closed loop: each client sends its next request as soon as it has its answer. The first second is not counted. */
export async function load(clients: number, seconds: number, request: (n: number) => Promise<unknown>): Promise<Load> {
  const tookMs: number[] = [];
  let n = 0;
  const countFromMs = performance.now() + 1000;
  const endMs = countFromMs + seconds * 1000;
  const client = async () => {
    while (performance.now() < endMs) {
      const startedMs = performance.now();
      await request(n++);
      if (startedMs >= countFromMs) tookMs.push(performance.now() - startedMs);
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  tookMs.sort((a, b) => a - b);
  return { perSecond: tookMs.length / seconds, p50Ms: percentile(tookMs, 0.5), p95Ms: percentile(tookMs, 0.95) };
}

/** Of sorted values, by nearest rank. */
export function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}

/** A Markdown table. */
export function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const line = (cells: readonly (string | number)[]) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

export function mebibytes(bytes: number): string {
  return `${Math.round(bytes / 1024 / 1024)} MiB`;
}

export function machine(): string {
  const cores = cpus();
  return `${cores.length} × ${cores[0]?.model.trim()}, ${Math.round(totalmem() / 1024 ** 3)} GiB, Node ${process.version}, ${new Date().toISOString().slice(0, 10)}`;
}
