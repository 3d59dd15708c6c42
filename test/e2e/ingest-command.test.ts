import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { assembleApp, createApp } from "../../src/app.js";
import { ingestFile } from "../../src/cli/ingest.js";
import { loadConfig } from "../../src/config.js";
import { createLog } from "../../src/log.js";
import { ENCODER_DOWN, WordEncoder } from "../support/word-encoder.js";

const ROWS = 240;
const settings = {
  LIKENESS_MODEL: "test/fixtures/tiny-clip",
  LIKENESS_INDEX: "lancedb",
  LIKENESS_ENCODER: "onnx",
  LIKENESS_LOG_LEVEL: "silent",
};
let folder: string;
let catalogue: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "likeness-ingest-"));
  catalogue = join(folder, "catalogue.ndjson");
  await mkdir(join(folder, "photos"));
  const lines: string[] = [];
  for (let i = 0; i < ROWS; i++) {
    const background = { r: (i * 37) % 256, g: (i * 91) % 256, b: (i * 53) % 256 };
    await sharp({ create: { width: 24, height: 24, channels: 3, background } })
      .png()
      .toFile(join(folder, `photos/${i}.png`));
    lines.push(JSON.stringify({ id: `p${i}`, title: `Product ${i}`, image: `photos/${i}.png` }));
  }
  lines[99] = '{"id": "p99", "title": ';
  await writeFile(catalogue, `${lines.join("\n")}\n`);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** `likeness ingest` in a process of its own. */
function ingest(dataDir: string, report: string): ChildProcess {
  const command = ["--import", "tsx", "src/cli/likeness.ts", "ingest", catalogue, "--batch", "8", "--report", report];
  return spawn(process.execPath, command, { env: { ...process.env, ...settings, LIKENESS_DATA_DIR: dataDir } });
}

async function finished(child: ChildProcess): Promise<{ code: number | null; out: string; err: string }> {
  const [out, err] = [text(child.stdout as NodeJS.ReadableStream), text(child.stderr as NodeJS.ReadableStream)];
  const [code] = (await once(child, "exit")) as [number | null];
  return { code, out: await out, err: await err };
}

async function productCount(dataDir: string): Promise<number> {
  const app = await createApp(loadConfig({ ...settings, LIKENESS_DATA_DIR: dataDir }));
  const count = await app.index.count();
  await app.stop();
  return count;
}

describe("likeness ingest", () => {
  test("killed in the middle goes on where it was, and ends with every good row once", async () => {
    const dataDir = join(folder, "killed");
    const report = join(folder, "killed-report.ndjson");
    const first = ingest(dataDir, report);
    await expect.poll(() => journalLine(dataDir), { timeout: 60_000, interval: 20 }).toBeGreaterThan(40);
    first.kill("SIGKILL");
    await once(first, "exit");
    const before = await productCount(dataDir);
    expect(before).toBeGreaterThan(0);
    expect(before).toBeLessThan(ROWS - 1);

    const second = await finished(ingest(dataDir, report));
    expect(second.err).toMatch(/Going on after line \d+/);
    expect(second.code).toBe(1);
    expect(await productCount(dataDir)).toBe(ROWS - 1);
    const failures = (await readFile(report, "utf8"))
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { line: number; code: string });
    expect(new Set(failures.map(({ line }) => line))).toEqual(new Set([100]));
    expect(failures[0]?.code).toBe("BAD_USER_INPUT");
  }, 180_000);

  test("run again finds everything unchanged", async () => {
    const dataDir = join(folder, "again");
    const report = join(folder, "again-report.ndjson");
    expect((await finished(ingest(dataDir, report))).out).toContain(`${ROWS} read, ${ROWS - 1} created, 0 updated, 0 unchanged, 1 failed`);
    expect((await finished(ingest(dataDir, report))).out).toContain(`${ROWS} read, 0 created, 0 updated, ${ROWS - 1} unchanged, 1 failed`);
  }, 180_000);

  test("refuses a folder that another process has open, in words", async () => {
    const dataDir = join(folder, "held");
    const app = await createApp(loadConfig({ ...settings, LIKENESS_DATA_DIR: dataDir }));
    const { code, err } = await finished(ingest(dataDir, join(folder, "held-report.ndjson")));
    await app.stop();
    expect(code).toBe(1);
    expect(err).toMatch(/process/);
    expect(err).not.toMatch(/\n\s+at /);
  }, 60_000);
});

/** Is away from its third call on, in the fifth of which somebody presses Ctrl-C. */
class LeavingEncoder extends WordEncoder {
  private calls = 0;

  override async encodeTexts(texts: readonly string[]) {
    this.calls++;
    if (this.calls === 3) this.failure = ENCODER_DOWN;
    if (this.calls === 5) process.emit("SIGINT");
    return await super.encodeTexts(texts);
  }
}

test("likeness ingest, interrupted while its encoder is away, tries those rows again when it is run again", async () => {
  const config = loadConfig({ LIKENESS_INDEX: "memory", LIKENESS_DATA_DIR: join(folder, "away") });
  const encoder = new LeavingEncoder();
  const app = await assembleApp(config, createLog("silent"), encoder, null);
  const file = join(folder, "words.ndjson");
  await writeFile(file, Array.from({ length: 80 }, (_, i) => `${JSON.stringify({ id: `p${i}`, title: `Product ${i}` })}\n`).join(""));
  const report = join(folder, "away-report.ndjson");
  const { created, failed } = await ingestFile(app, file, { batch: 8, report });
  expect(process.exitCode).toBe(130);
  process.exitCode = undefined;
  expect(Math.min(created, failed)).toBeGreaterThan(0);
  encoder.failure = null;
  expect((await readFile(report, "utf8")).split("\n")).toHaveLength(failed + 1);
  expect(await ingestFile(app, file, { batch: 8, report })).toMatchObject({ read: 80, created: 80, failed: 0 });
  expect(await readFile(report, "utf8")).toBe("");
  expect(await app.index.count()).toBe(80);
  await app.stop();
});

/** The last line that the journal of the only ingest in the folder has; 0 while there is none. */
async function journalLine(dataDir: string): Promise<number> {
  const names = await readdir(dataDir).catch(() => []);
  const name = names.find((each) => /^ingest-.*\.json$/.test(each));
  return name ? (JSON.parse(await readFile(join(dataDir, name), "utf8")) as { lastLine: number }).lastLine : 0;
}
