import { createReadStream } from "node:fs";
import { stat, truncate, writeFile } from "node:fs/promises";
import { splitLines } from "../ingest/readers/lines.js";

/**
 * Begins a report of failed rows. Of one that an earlier run began, what failed among the first `rowsDone` rows stays: those behind them
 * are tried again, and may be taken this time.
 */
export async function beginReport(file: string, rowsDone: number): Promise<void> {
  if (rowsDone === 0) return await writeFile(file, "");
  const { size } = await stat(file).catch(() => ({ size: 0 }));
  if (size === 0) return await writeFile(file, "", { flag: "a" });
  let kept = 0;
  for await (const read of splitLines(createReadStream(file))) {
    if ("error" in read || !isOfRows(read.text, rowsDone)) break;
    const end = kept + Buffer.byteLength(read.text) + 1;
    // A line that a crash has cut off.
    if (end > size) break;
    kept = end;
  }
  await truncate(file, kept);
}

function isOfRows(line: string, rowsDone: number): boolean {
  try {
    const { row } = JSON.parse(line) as { row?: unknown };
    return typeof row === "number" && row < rowsDone;
  } catch {
    return false;
  }
}
