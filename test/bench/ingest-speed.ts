import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { createApp } from "../../src/app.js";
import { ingestFile } from "../../src/cli/ingest.js";
import { loadConfig } from "../../src/config.js";
import { OnnxEncoder } from "../../src/encoders/onnx/onnx-encoder.js";
import { table } from "./measure.js";

const CATALOG = process.env["BENCH_CATALOG"] ?? "";
const MODEL = "models/likeness-mini";
const BATCH = 64;
const ROUNDS = 3;
/** Of a part of the catalogue each, so that the machine's changes of speed hit both sides alike. */
const MOST_PHOTOS_A_ROUND = 1200;

/**
 * Photos a second through the whole of `likeness ingest`, beside the bound: reading, decoding and encoding the same files
 * by the same encoder in the same process, and nothing else. The two take turns.
 */
export async function ingestSpeed(): Promise<string> {
  if (!existsSync(CATALOG)) return `Left out: BENCH_CATALOG names no NDJSON catalogue of photos; got "${CATALOG}".`;
  const lines = (await readFile(CATALOG, "utf8")).trim().split("\n");
  const photosARound = Math.min(MOST_PHOTOS_A_ROUND, Math.floor(lines.length / ROUNDS));
  const rows: string[][] = [];
  const ratios: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const part = lines.slice(round * photosARound, (round + 1) * photosARound);
    const bound = await encodeAlone(part);
    const ours = await ingest(part);
    ratios.push(ours / bound);
    rows.push([String(round + 1), bound.toFixed(1), ours.toFixed(1), (ours / bound).toFixed(2)]);
  }
  ratios.sort((a, b) => a - b);
  const head = `${photosARound} photos a round, model likeness-mini, LanceDB, batches of ${BATCH}. Median ratio: **${(ratios[1] as number).toFixed(2)}**.`;
  return `${head}\n\n${table(["round", "decode + model alone, photos/s", "ingest, photos/s", "ratio"], rows)}`;
}

async function encodeAlone(lines: readonly string[]): Promise<number> {
  const encoder = await OnnxEncoder.open({ directory: MODEL });
  const startedMs = performance.now();
  for (let at = 0; at < lines.length; at += BATCH) {
    const files = lines
      .slice(at, at + BATCH)
      .map((line) => readFile(join(dirname(CATALOG), (JSON.parse(line) as { image: string }).image)));
    await encoder.encodeImages(await Promise.all(files));
  }
  const seconds = (performance.now() - startedMs) / 1000;
  await encoder.close();
  return lines.length / seconds;
}

async function ingest(lines: readonly string[]): Promise<number> {
  const dataDir = await mkdtemp(join(tmpdir(), "likeness-bench-"));
  const file = join(dataDir, "part.ndjson");
  const absolute = (image: string) => resolve(dirname(CATALOG), image);
  await writeFile(
    file,
    lines
      .map((line) => JSON.parse(line))
      .map((row) => JSON.stringify({ ...row, image: absolute(row.image) }))
      .join("\n"),
  );
  const app = await createApp(loadConfig({ LIKENESS_DATA_DIR: join(dataDir, "data"), LIKENESS_MODEL: MODEL, LIKENESS_LOG_LEVEL: "warn" }));
  const startedMs = performance.now();
  const { created } = await ingestFile(app, file, { batch: BATCH });
  const seconds = (performance.now() - startedMs) / 1000;
  await app.stop();
  await rm(dataDir, { recursive: true, force: true });
  if (created !== lines.length) throw new Error(`Only ${created} of ${lines.length} products were created.`);
  return lines.length / seconds;
}
