import { SingleBar } from "cli-progress";
import { listSources } from "../ingest/readers/open-catalog.js";

/** Between two plain lines when the output is no terminal. */
const PLAIN_INTERVAL_MS = 5000;

/** Shows how far an ingest is, on stderr: a bar on a terminal, a line every few seconds elsewhere. */
export class IngestProgress {
  private readonly startedMs = performance.now();
  private shownMs = performance.now();
  private readonly bar: SingleBar | null;

  /** `totalLines` and `startLine` are physical lines of the file, known before its rows are. */
  constructor(
    private readonly totalLines: number,
    private readonly startLine: number,
    /** What is counted by `totalLines`, where it is not lines of a file. */
    private readonly unit = "line",
  ) {
    this.bar = process.stderr.isTTY
      ? new SingleBar({
          format: "{bar} {percentage}% | {products} products | {rate} products/s | {left} left",
          // Cut to the terminal's width, rather than the terminal told to: a process that is killed could not take that back.
          linewrap: true,
          stream: process.stderr,
        })
      : null;
    this.bar?.start(totalLines, startLine, { products: 0, rate: "-", left: "-" });
  }

  /** `products` are those of this run. */
  update(lastLine: number, products: number): void {
    const seconds = this.seconds();
    const rate = (products / seconds).toFixed(1);
    const lines = lastLine - this.startLine;
    const left = lines > 0 ? duration(((this.totalLines - lastLine) / lines) * seconds) : "-";
    if (this.bar) this.bar.update(lastLine, { products, rate, left });
    else if (performance.now() - this.shownMs >= PLAIN_INTERVAL_MS) {
      this.shownMs = performance.now();
      console.error(`${this.unit} ${lastLine} of ${this.totalLines}, ${products} products, ${rate} products/s, ${left} left`);
    }
  }

  /** Seconds since the start, never 0, so that a rate can be told. */
  seconds(): number {
    return Math.max(0.001, (performance.now() - this.startedMs) / 1000);
  }

  /** To be called however the work ends: until then a bar draws itself again and again, and keeps the process alive. */
  stop(): void {
    this.bar?.stop();
  }
}

function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  return whole < 3600
    ? `${Math.floor(whole / 60)} min ${whole % 60} s`
    : `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}

/** Physical lines of a catalogue, unpacked: far cheaper than reading its rows, and all that a progress bar needs. */
export async function countLines(file: string): Promise<number> {
  let lines = 0;
  for (const source of await listSources(file)) {
    let last = 0x0a;
    for await (const chunk of source.open() as AsyncIterable<Buffer>) {
      for (let at = chunk.indexOf(0x0a); at !== -1; at = chunk.indexOf(0x0a, at + 1)) lines += 1;
      last = chunk.at(-1) ?? last;
    }
    if (last !== 0x0a) lines += 1;
  }
  return lines;
}
