import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { ended, likeness, spawnLikeness } from "../support/likeness.js";

const TINY = { LIKENESS_MODEL: "test/fixtures/tiny-clip" };
/** As though stderr were a terminal. */
const ON_TERMINAL = { NODE_OPTIONS: "--import=data:text/javascript,process.stderr.isTTY=true" };
let folder: string;
let catalogue: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "likeness-command-line-"));
  catalogue = join(folder, "catalogue.ndjson");
  await writeFile(catalogue, '{"id":"1","title":"red shoe"}\n{"id":"2","title":"blue hat"}\n');
});
afterAll(() => rm(folder, { recursive: true }));

describe("likeness search", () => {
  test("prints its result alone on stdout, and the log on stderr", async () => {
    const { stdout, stderr } = await likeness(["search", "--text", "shoe", "--json"], join(folder, "new"), {
      ...TINY,
      LIKENESS_LOG_LEVEL: "info",
    });
    expect(JSON.parse(stdout)).toEqual([]);
    expect(stderr).toContain('"msg":"index built"');
  });

  test("lets ONNX Runtime report nothing to its maker", async () => {
    const home = join(folder, "home");
    await mkdir(home);
    // With CI set it would report nothing of itself.
    const { code } = await likeness(["search", "--text", "shoe"], join(folder, "new"), { ...TINY, HOME: home, XDG_CACHE_HOME: "", CI: "" });
    expect(code).toBe(0);
    expect(await readdir(home, { recursive: true })).toEqual([]);
  });

  test("tells of a setting that is misspelt", async () => {
    const env = { ...TINY, LIKENESS_INDX: "opensearch" };
    const { code, stdout, stderr } = await likeness(["search", "--text", "shoe"], join(folder, "new"), env);
    expect(code).toBe(0);
    expect(stdout).toBe("The index is empty: fill it by likeness ingest.\n");
    expect(stderr).toBe("warning: LIKENESS_INDX is no setting and does nothing; see likeness --help\n");
  });

  test("takes it as no mistake that nobody reads its result", async () => {
    const child = spawnLikeness(["search", "--text", "shoe", "--json"], join(folder, "new"), TINY);
    child.stdout?.destroy();
    const stderr = child.stderr?.toArray();
    const [code] = await once(child, "exit");
    expect(Buffer.concat((await stderr) ?? []).toString()).toBe("");
    expect(code).toBe(0);
  });
});

test("what the system refuses is told without a stack, with the option at fault", async () => {
  const report = join(folder, "none", "report.ndjson");
  const { code, stderr } = await likeness(["ingest", catalogue, "--report", report], join(folder, "refused"), TINY);
  expect(code).toBe(1);
  expect(stderr).toBe(`error: --report ${report} cannot be written: ENOENT: no such file or directory, access '${join(folder, "none")}'\n`);
});

test("a report never takes the place of the catalogue", async () => {
  const { code, stderr } = await likeness(["ingest", catalogue, "--report", catalogue], join(folder, "refused"), TINY);
  expect(code).toBe(1);
  expect(stderr).toBe(`error: --report ${catalogue} is the file that is read, and would be lost: name another one.\n`);
  expect(await readFile(catalogue, "utf8")).toContain("red shoe");
});

test("a port that is taken is told with its cure, and nothing of the data folder stays claimed", async () => {
  const other = createServer().listen(0, "127.0.0.1");
  await once(other, "listening");
  const { port } = other.address() as { port: number };
  const { code, stderr } = await likeness(["serve"], join(folder, "taken"), { ...TINY, PORT: String(port) });
  other.close();
  expect(code).toBe(1);
  expect(stderr).toMatch(
    /^error: The server cannot listen on 127\.0\.0\.1, port \d+ \(.*EADDRINUSE.*\): .* choose another port or address\.\n$/,
  );
  expect(await readdir(join(folder, "taken"))).not.toContain("likeness.lock");
});

test.each(["serve", "encoder-server"])("what ends %s unasked is told in its log too", async (command) => {
  const bug = encodeURIComponent('process.on("SIGUSR2", () => Promise.reject(new Error("a bug")))');
  const env = {
    ...TINY,
    LIKENESS_INDEX: "memory",
    PORT: "0",
    SAGEMAKER_BIND_TO_PORT: "0",
    NODE_OPTIONS: `--import=data:text/javascript,${bug}`,
  };
  const child = spawnLikeness([command], join(folder, "crash"), env);
  child.stderr?.on("data", (text) => String(text).startsWith("Listening") && child.kill("SIGUSR2"));
  const { code, stdout, stderr } = await ended(child);
  expect(code).toBe(1);
  expect(JSON.parse(stdout.trim().split("\n").at(-1) ?? "")).toMatchObject({ level: 60, err: { message: "a bug" } });
  expect(stderr).toContain("Error: a bug");
});

test("rules of order that cannot be read leave nothing of the data folder claimed", async () => {
  const { code, stderr } = await likeness(["serve"], join(folder, "unruled"), { ...TINY, PORT: "0", LIKENESS_MERCHANDISING: "none.json" });
  expect(code).toBe(1);
  expect(stderr).toMatch(/^error: LIKENESS_MERCHANDISING=none\.json cannot be read: ENOENT/);
  expect(await readdir(folder)).not.toContain("unruled");
});

test.each([
  [["pictures", "prune", "--older-than", ""], "It must be a number of hours, 0 or more."],
  [["encoder-server", "--port", " "], "It must be a whole number from 0 to 65535."],
  [["encoder-server", "8081"], "Allowed choices are serve."],
  [["search", "--text", "shoe", "--image", ""], "--image is empty: give a path or a URL, or leave it out."],
  [["ingest", "test/fixtures/catalogues/catalogue.csv", "--report", ""], "--report is empty: name a file, or leave it out."],
])("%j is refused: a variable left unset is no number, and a word out of place is not passed over", async (args, message) => {
  const { code, stderr } = await likeness(args, join(folder, "unset"), TINY);
  expect(code).toBe(1);
  expect(stderr).toContain(message);
});

describe("likeness reindex of an embedded index", () => {
  test("that is refused leaves nothing behind", async () => {
    const dataDir = join(folder, "reindexed");
    expect((await likeness(["ingest", catalogue], dataDir, TINY)).code).toBe(0);
    const before = await readdir(dataDir);
    const same = await likeness(["reindex", "--model"], dataDir, TINY);
    expect(same.stderr).toMatch(/holds the embeddings of tiny-clip@\w+ already/);
    const alias = await likeness(["reindex", "--model", "models/likeness-mini", "--to", "other"], dataDir, TINY);
    expect(alias.stderr).toContain("--to names an index of OpenSearch");
    const force = await likeness(["reindex", "--force", "--rollback"], dataDir, TINY);
    expect(force.stderr).toContain("give --model with it");
    expect([same.code, alias.code, force.code]).toEqual([1, 1, 1]);
    expect(await readdir(dataDir)).toEqual(before);
  });
});

test.each(["SIGINT", "SIGTERM"] as const)("likeness evaluate leaves no temporary folder behind when %s ends it", async (signal) => {
  const temporary = await mkdtemp(join(folder, "temporary-"));
  const rows = Array.from({ length: 20_000 }, (_, i) => JSON.stringify({ id: `${i}`, title: `shoe ${i}`, category: "Shoes" }));
  await writeFile(join(folder, "long.ndjson"), rows.join("\n"));
  const child = spawnLikeness(["evaluate", "--catalog", join(folder, "long.ndjson")], folder, { ...TINY, TMPDIR: temporary });
  const end = ended(child);
  const folders = async () => (await readdir(temporary)).filter((name) => name.startsWith("likeness-evaluate-"));
  await expect.poll(folders, { timeout: 30_000, interval: 20 }).toHaveLength(1);
  child.kill(signal);
  expect((await end).code).toBeNull();
  expect(await folders()).toEqual([]);
});

test("--version tells which it is", async () => {
  const { version } = JSON.parse(await readFile("package.json", "utf8")) as { version: string };
  expect(await likeness(["--version"], folder)).toEqual({ code: 0, stdout: `${version}\n`, stderr: "" });
});

test("a command that is written wrong leads to its help", async () => {
  const { code, stderr } = await likeness(["search", "shoe"], folder);
  expect(code).toBe(1);
  expect(stderr).toBe("error: too many arguments for 'search'. Expected 0 arguments but got 1.\nAdd --help to see what is allowed.\n");
});

test("what a catalogue holds cannot drive the terminal that tells of it", async () => {
  const file = join(folder, "driving.ndjson");
  await writeFile(file, JSON.stringify({ id: "a\u001b[2J" }));
  const ingested = await likeness(["ingest", file], join(folder, "driven"), TINY);
  expect(ingested.stderr).toMatch(/^line 1 \(a \[2J\): A product needs a title/);
  const evaluated = await likeness(["evaluate", "--catalog", file, "--only", "x=\u001b[2J"], join(folder, "driven"), TINY);
  expect(evaluated.stderr).toBe(`error: ${file} has no product with x= [2J.\n`);
});

test("a reindex that fails under a progress bar ends", async () => {
  const [file, dataDir] = [join(folder, "many.ndjson"), join(folder, "lost")];
  await writeFile(file, Array.from({ length: 2_000 }, (_, i) => JSON.stringify({ id: `${i}`, title: `shoe ${i}` })).join("\n"));
  expect((await likeness(["ingest", file], dataDir, TINY)).code).toBe(0);
  const child = spawnLikeness(["reindex", "--model", "models/likeness-mini"], dataDir, ON_TERMINAL);
  onTestFinished(() => void child.kill("SIGKILL"));
  child.stderr?.once("data", () => void rm(join(dataDir, "generation-2"), { recursive: true }));
  const { code, stderr } = await ended(child);
  expect(code).toBe(1);
  expect(stderr).toContain("products/s");
});

test("a progress bar changes no setting of the terminal, which a process that is killed would leave changed", async () => {
  const { code, stderr } = await likeness(["ingest", catalogue], join(folder, "shown"), { ...TINY, ...ON_TERMINAL });
  expect(code).toBe(0);
  expect(stderr).toContain("100% | 2 products");
  expect(stderr).not.toContain("\u001b[?");
});

test("a currency that is none is refused at once", async () => {
  const { code, stderr } = await likeness(["ingest", catalogue, "--currency", "euro"], join(folder, "unused"), TINY);
  expect(code).toBe(1);
  expect(stderr).toBe('error: --currency is "euro"; give an ISO 4217 code such as EUR.\n');
});

test.runIf(existsSync("/proc/self"))(
  "a data folder that cannot be made is told as such, where Node's own mkdir would never return",
  async () => {
    const child = spawnLikeness(["search", "--text", "shoe"], "/proc/likeness/data", TINY);
    const late = setTimeout(() => child.kill("SIGKILL"), 50_000);
    const { code, stderr } = await ended(child);
    clearTimeout(late);
    expect(code).toBe(1);
    expect(stderr).toContain("error: The data folder cannot be written: see that this user may read and write /proc/likeness/data. ENOENT");
  },
);

test.each(["", "/below"])("a data folder that is a file is told as such: catalogue.ndjson%s", async (below) => {
  const { code, stderr } = await likeness(["search", "--text", "shoe"], `${catalogue}${below}`, TINY);
  expect(code).toBe(1);
  expect(stderr).toBe(`error: LIKENESS_DATA_DIR=${catalogue}${below} is a file, or lies in one: name a folder.\n`);
});
