import { cp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { CatalogLine } from "../../src/ingest/readers/catalog-row.js";
import { CATALOGUES, draftsOf, errorsOf, type ReadOptions, readAll, temporaryFolder } from "../support/catalogues.js";

const RUNS = 100;

let folder: string;
let remove: () => Promise<void>;
beforeAll(async () => {
  ({ folder, remove } = await temporaryFolder());
  // The listings' own, beside which they are read.
  await cp(join(CATALOGUES, "abo/images/metadata/images.csv.gz"), join(folder, "images.csv.gz"));
});
afterAll(() => remove());

/** Damage to the lines of one record; numbers are taken modulo what there is. */
const damage = fc.record({
  record: fc.nat(),
  line: fc.nat(),
  at: fc.nat(),
  remove: fc.nat({ max: 4 }),
  insert: fc.array(fc.oneof(fc.constantFrom(...Buffer.from('",;\t<>&{}[]:\\|=\n\r 0a')), fc.integer({ min: 0, max: 255 })), {
    maxLength: 4,
  }),
  kind: fc.constantFrom("bytes", "bytes", "bytes", "drop the line", "repeat the line", "cut the line"),
});
type Damage = typeof damage extends fc.Arbitrary<infer T> ? T : never;

/** The first and last line (from 1) of each record; the products of a group are one record, since they share rows. */
function recordsOf(lines: readonly CatalogLine[], lineCount: number): { from: number; to: number; ids: Set<string> }[] {
  const records: { from: number; to: number; ids: Set<string>; group: string | null }[] = [];
  for (const line of lines) {
    if ("error" in line) throw line.error;
    const last = records.at(-1);
    const { id, groupId: group } = line.draft;
    if (last && group !== null && last.group === group) last.ids.add(id);
    else {
      if (last) last.to = line.line - 1;
      records.push({ from: line.line, to: lineCount, ids: new Set([id]), group });
    }
  }
  return records;
}

function apply(lines: Buffer[], { line, at, remove, insert, kind }: Damage, from: number, to: number): Buffer[] {
  const index = from - 1 + (line % (to - from + 1));
  const old = lines[index] as Buffer;
  const cut = at % (old.length + 1);
  const changed = {
    bytes: [Buffer.concat([old.subarray(0, cut), Buffer.from(insert), old.subarray(cut + remove)])],
    "drop the line": [],
    "repeat the line": [old, old],
    "cut the line": [old.subarray(0, cut)],
  }[kind];
  return [...lines.slice(0, index), ...(changed ?? []), ...lines.slice(index + 1)];
}

const join1 = (lines: readonly Buffer[]): Buffer =>
  Buffer.concat(lines.flatMap((line, i) => (i === 0 ? [line] : [Buffer.from("\n"), line])));

function splitBytes(bytes: Buffer): Buffer[] {
  const lines: Buffer[] = [];
  let start = 0;
  for (let end = bytes.indexOf(0x0a); end !== -1; end = bytes.indexOf(0x0a, start)) {
    lines.push(bytes.subarray(start, end));
    start = end + 1;
  }
  return [...lines, bytes.subarray(start)];
}

const FORMATS: [name: string, options: ReadOptions & object][] = [
  ["catalogue.ndjson", { format: "NDJSON" }],
  ["catalogue.csv", { format: "CSV" }],
  ["google.tsv", { format: "GOOGLE_PRODUCT_FEED" }],
  ["google-rss.xml", { format: "GOOGLE_PRODUCT_FEED" }],
  ["google-atom.xml", { format: "GOOGLE_PRODUCT_FEED" }],
  ["shopify.csv", { format: "SHOPIFY", currency: "EUR" }],
  ["magento/magento.csv", { format: "MAGENTO", currency: "EUR" }],
  ["abo/listings/metadata/listings_0.json.gz", { format: "ABO" }],
];

describe("a catalogue with one record damaged", () => {
  it.each(FORMATS)("%s: every other product comes through unchanged, and mistakes have line numbers", async (name, options) => {
    const stored = await readFile(join(CATALOGUES, name));
    const packed = name.endsWith(".gz");
    const lines = splitBytes(packed ? gunzipSync(stored) : stored);
    const file = join(folder, name.replaceAll("/", "-").replace(/\.gz$/, ""));
    const readBytes = async (bytes: Buffer): Promise<CatalogLine[]> => {
      await writeFile(file, packed ? gzipSync(bytes) : bytes);
      return await readAll(file, options);
    };
    const clean = await readBytes(join1(lines));
    const records = recordsOf(clean, lines.length);
    const expected = new Map(draftsOf(clean).map((draft) => [draft.id, draft]));
    let mistakes = 0;
    await fc.assert(
      fc.asyncProperty(damage, async (each) => {
        const record = records[each.record % records.length] as (typeof records)[number];
        const damaged = apply(lines, each, record.from, record.to);
        const read = await readBytes(join1(damaged));
        const found = new Map(draftsOf(read).map((draft) => [draft.id, draft]));
        for (const [id, draft] of expected) if (!record.ids.has(id)) expect(found.get(id), `${id}\n${errorsOf(read)}`).toEqual(draft);
        read.forEach(({ line }, i) => expect(line).toBeGreaterThan(read[i - 1]?.line ?? 0));
        expect(read.at(-1)?.line ?? 0).toBeLessThanOrEqual(damaged.length + each.insert.length);
        mistakes += errorsOf(read).length;
      }),
      { numRuns: RUNS },
    );
    expect(mistakes).toBeGreaterThan(RUNS / 10);
  });

  it.each(FORMATS)("%s: a header or frame that is damaged ends in errors or products, never in a crash", async (name, options) => {
    const stored = await readFile(join(CATALOGUES, name));
    const lines = splitBytes(name.endsWith(".gz") ? gunzipSync(stored) : stored);
    const file = join(folder, `head-${name.replaceAll("/", "-")}`);
    await fc.assert(
      fc.asyncProperty(damage, async (each) => {
        await writeFile(file, join1(apply(lines, each, 1, 2)));
        const read = await readAll(file, options);
        expect(read.length).toBeGreaterThan(0);
        read.forEach(({ line }) => expect(line).toBeGreaterThan(0));
      }),
      { numRuns: RUNS / 4 },
    );
  });
});

it("a gzip file with damaged bytes ends in an error with a line number, never in a crash", async () => {
  const clean = await readFile(join(CATALOGUES, "abo/listings/metadata/listings_0.json.gz"));
  const titles = draftsOf(await readAll(join(CATALOGUES, "abo/listings/metadata/listings_0.json.gz"))).map(({ title }) => title);
  const file = join(folder, "listings_0.json.gz");
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 20, max: clean.length - 1 }), fc.integer({ min: 1, max: 255 }), async (at, flip) => {
      const bytes = Buffer.from(clean);
      bytes[at] = (bytes[at] as number) ^ flip;
      await writeFile(file, bytes);
      const read = await readAll(file, { format: "ABO" });
      // Some bits of a gzip file mean nothing, such as those that fill its last byte up.
      if (errorsOf(read).length === 0) expect(draftsOf(read).map(({ title }) => title)).toEqual(titles);
    }),
    { numRuns: RUNS },
  );
});

it("a table of pictures with one damaged row costs no listing", async () => {
  const { folder: own, remove: removeOwn } = await temporaryFolder();
  const table = gunzipSync(await readFile(join(CATALOGUES, "abo/images/metadata/images.csv.gz")));
  const listings = join(own, "listings_0.json.gz");
  await writeFile(listings, await readFile(join(CATALOGUES, "abo/listings/metadata/listings_0.json.gz")));
  await fc.assert(
    fc.asyncProperty(damage, async (each) => {
      await writeFile(join(own, "images.csv.gz"), gzipSync(join1(apply(splitBytes(table), each, 2, 20))));
      const found = draftsOf(await readAll(listings));
      expect(found).toHaveLength(12);
      expect(found.filter(({ images }) => images.length === 0).length).toBeLessThanOrEqual(1);
    }),
    { numRuns: RUNS },
  );
  await removeOwn();
});
