import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { Command } from "commander";
import sharp from "sharp";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { evaluateCommand } from "../../src/cli/evaluate.js";
import { openEvaluatedApp } from "../../src/cli/evaluated-app.js";

const PHOTOS = resolve("node_modules/@vendure/create/assets/images");
const CHAIRS = ["andres-jasso-220776-unsplash.jpg", "kari-shea-398668-unsplash.jpg"];
const BALLS = ["tommy-bebo-600358-unsplash.jpg", "nik-shuliahin-619349-unsplash.jpg"];
/** Two kinds of pictures that words can tell apart, so that there are relevant and other ones; one row is broken, one of another split. */
const ROWS = [
  ...Array.from({ length: 8 }, (_, i) => ({
    id: `chair${i}`,
    label: "Chair",
    split: "test",
    image: join(PHOTOS, CHAIRS[i % 2] as string),
  })),
  ...Array.from({ length: 8 }, (_, i) => ({
    id: `ball${i}`,
    label: "Ball",
    split: "test",
    image: join(PHOTOS, BALLS[i % 2] as string),
  })),
  { id: "lost", label: "Ball", split: "test", image: "no-such-file.jpg" },
  { id: "trained", label: "Ball", split: "train", price: 3, image: join(PHOTOS, BALLS[1] as string) },
];

let folder: string;
let catalog: string;
const printed: string[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "likeness-evaluate-test-"));
  catalog = join(folder, "catalog.ndjson");
  await writeFile(catalog, ROWS.map((row) => JSON.stringify(row)).join("\n"));
  vi.stubEnv("LIKENESS_LOG_LEVEL", "silent");
  vi.spyOn(console, "log").mockImplementation((text: string) => void printed.push(text));
  vi.spyOn(console, "error").mockImplementation((text: string) => void printed.push(text));
});
beforeEach(() => {
  printed.length = 0;
});
afterAll(async () => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  await rm(folder, { recursive: true, force: true });
});

async function run(...options: string[]): Promise<string> {
  const program = new Command().exitOverride();
  evaluateCommand(program);
  await program.parseAsync(["evaluate", "--catalog", catalog, ...options], { from: "user" });
  return printed.join("\n");
}

describe("likeness evaluate", () => {
  test("reports, draws and fits; the curves then serve the next run", async () => {
    const [json, sheet, curves] = ["report.json", "sheet.png", "calibration.json"].map((name) => join(folder, name)) as [
      string,
      string,
      string,
    ];
    const output = await run(
      "--only",
      "split=test",
      "--json",
      json,
      "--sheet",
      sheet,
      "--write-calibration",
      curves,
      "--template",
      "a {} picture",
    );
    for (const word of [
      "text → picture",
      "picture → picture",
      "zero-shot top-1, of 2 categories",
      "modality gap",
      "lost: There is no picture file",
    ]) {
      expect(output).toContain(word);
    }
    expect(output).toMatch(/words and words +│ +– │/);
    const report = JSON.parse(await readFile(json, "utf8"));
    expect(report).toMatchObject({
      index: "memory",
      templates: ["a {} picture"],
      ingest: { failed: 1 },
      products: { total: 16, withPicture: 16, withWords: 0 },
      quality: { textToImage: { queries: 2 }, imageToImage: { queries: 16 }, titleToImage: null, textToProduct: null },
    });
    expect(report.textQueries.textToImage.map((each: { query: string }) => each.query)).toEqual(["a Chair picture", "a Ball picture"]);
    // Each picture has copies of itself in its category, so these are the nearest.
    expect(report.quality.imageToImage.recallAt["1"]).toBeCloseTo(1 / 7, 6);
    expect(await sharp(sheet).metadata()).toMatchObject({ format: "png", height: (2 + 8) * 152 + 8 });

    const written = JSON.parse(await readFile(curves, "utf8"));
    expect(written).toMatchObject({ modelId: report.model.id, prior: 0.1, imageToImage: { slope: expect.any(Number) }, wordToText: null });
    vi.stubEnv("LIKENESS_CALIBRATION", curves);
    await run("--only", "split=test", "--json", json, "--index", "lancedb");
    vi.stubEnv("LIKENESS_CALIBRATION", "");
    const second = JSON.parse(await readFile(json, "utf8"));
    expect(second.index).toBe("lancedb");
    expect(second.calibration.model.imageToImage.curve).toEqual(written.imageToImage);
    const hits = second.textQueries.textToImage.flatMap((each: { firstHits: { relevance: number }[] }) => each.firstHits);
    for (const { relevance } of hits) expect(relevance).toBeGreaterThan(0);
    expect(report.textQueries.textToImage[0].firstHits[0]).toMatchObject({ id: expect.any(String), isRelevant: expect.any(Boolean) });
    expect(second.quality.imageToImage.recallAt).toEqual(report.quality.imageToImage.recallAt);
  });

  test("asks the queries of a file in place of its own, of products with words", async () => {
    const [queries, json] = [join(folder, "queries.ndjson"), join(folder, "asked.json")];
    const lines = [
      { text: "Ball", relevant: ["ball0", "ball2"] },
      { image: join(PHOTOS, CHAIRS[1] as string), relevant: ["chair1", "chair3", "chair5", "chair7"] },
    ];
    await writeFile(queries, lines.map((line) => JSON.stringify(line)).join("\n"));
    const titled = join(folder, "titled.ndjson");
    const products = (await readFile(catalog, "utf8")).trim().split("\n");
    await writeFile(titled, products.map((line) => JSON.stringify({ ...JSON.parse(line), title: JSON.parse(line).id })).join("\n"));
    await run("--catalog", titled, "--queries", queries, "--json", json);
    const { quality, products: counted } = JSON.parse(await readFile(json, "utf8"));
    expect(counted).toEqual({ total: 17, withPicture: 17, withWords: 17 });
    expect(quality).toMatchObject({ textToImage: { queries: 1 }, textToProduct: { queries: 1 }, titleToImage: null });
    expect(quality.imageToImage).toMatchObject({
      queries: 1,
      precisionAt10: 1,
      ndcgAt10: 1,
      meanAveragePrecision: 1,
      recallAt: { 1: 0.25, 5: 1 },
    });
  });

  test("asks no more pictures of a file than --max-queries allows, and names one that is none", async () => {
    const [queries, json] = [join(folder, "pictures.ndjson"), join(folder, "pictures.json")];
    const images = [...CHAIRS, ...BALLS].map((name) => join(PHOTOS, name));
    const write = (names: readonly string[]) =>
      writeFile(queries, names.map((image) => JSON.stringify({ image, category: "Chair" })).join("\n"));
    await write(images);
    await run("--queries", queries, "--max-queries", "3", "--json", json);
    expect(JSON.parse(await readFile(json, "utf8")).quality).toMatchObject({ imageToImage: { queries: 3 }, textToImage: null });
    await writeFile(join(folder, "no-picture.jpg"), "no picture");
    await write([...images, "no-picture.jpg"]);
    await expect(run("--queries", queries)).rejects.toMatchObject({
      code: "NOT_AN_IMAGE",
      message: expect.stringMatching(/^The query "no-picture.jpg": Got 10 bytes/),
    });
  });

  test("opens a gateway that remembers no encodes, keeps no copies of pictures and knows no boosts and pins", async () => {
    const shop = { LIKENESS_PICTURES: "s3", LIKENESS_PICTURES_BUCKET: "the-real-one", LIKENESS_MERCHANDISING: "no-such-file.json" };
    const { app, stop } = await openEvaluatedApp({ ...process.env, ...shop, LIKENESS_ENCODE_CACHE: "100" }, "memory");
    try {
      expect(app.copies).toBeNull();
      for (let i = 0; i < 2; i++) await app.encoder.encodeTexts(["a lamp"]);
      expect(app.encoder.stats).toMatchObject({ textsEncoded: 2, cacheHits: 0 });
    } finally {
      await stop();
    }
  });

  test.each(["9", "5001", "10.5", "ten"])("refuses --depth %s, by which precision@10 would say nothing", async (depth) => {
    await expect(run("--depth", depth)).rejects.toThrow(
      `error: option '--depth <n>' argument '${depth}' is invalid. ` +
        "It must be a whole number from 10 to 5000: precision@10 and nDCG@10 judge the first 10 hits.",
    );
  });

  test("says what is wrong with its options, and leaves no temporary folder behind", async () => {
    vi.stubEnv("TMPDIR", folder);
    vi.stubEnv("LIKENESS_MODEL", "./no-such-model");
    await expect(run()).rejects.toMatchObject({ code: "ENCODER_UNAVAILABLE" });
    vi.stubEnv("LIKENESS_MODEL", "");
    await expect(run("--only", "split=none")).rejects.toMatchObject({
      code: "BAD_USER_INPUT",
      message: expect.stringContaining("split=none"),
    });
    for (const option of ["--json", "--sheet", "--write-calibration"]) {
      await expect(run("--catalog", "absent.ndjson", option, join(folder, "absent", "file"))).rejects.toThrow(`${option} ${folder}`);
      await expect(run("--catalog", "absent.ndjson", option, folder)).rejects.toThrow("is a folder: name a file");
    }
    await expect(run("--json", join(folder, "same"), "--sheet", join(folder, "same"))).rejects.toThrow("--sheet and --json both name");
    await expect(run("--json", "")).rejects.toThrow("--json is empty: name a file, or leave it out.");
    await expect(run("--queries", "")).rejects.toMatchObject({ code: "BAD_USER_INPUT" });
    await expect(run("--queries", join(folder, "absent.ndjson"))).rejects.toMatchObject({ code: "BAD_USER_INPUT" });
    await writeFile(join(folder, "one.ndjson"), JSON.stringify({ id: "1", title: "Lamp" }));
    await expect(run("--catalog", join(folder, "one.ndjson"), "--write-calibration", join(folder, "c.json"))).rejects.toMatchObject({
      code: "BAD_USER_INPUT",
      message: expect.stringContaining("No curve could be fitted"),
    });
    expect((await readdir(folder)).filter((name) => name.startsWith("likeness-evaluate-"))).toEqual([]);
  });

  test("keeps no copies of pictures, which would go to the shop's bucket, and follows none of its rules of order", async () => {
    const env = { LIKENESS_PICTURES: "disk", LIKENESS_MERCHANDISING: join(folder, "absent.json"), LIKENESS_LOG_LEVEL: "silent" };
    const evaluated = await openEvaluatedApp(env, "lancedb");
    expect(evaluated.app.copies).toBeNull();
    await evaluated.stop();
  });
});
