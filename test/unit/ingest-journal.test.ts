import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { IngestJournal } from "../../src/cli/ingest-journal.js";
import { NOTHING } from "../../src/domain/jobs.js";

let folder: string;
let catalogue: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "likeness-journal-"));
  catalogue = join(folder, "abo");
  await mkdir(join(catalogue, "listings/metadata"), { recursive: true });
  await writeFile(join(catalogue, "listings/metadata/listings_0.json"), "{}");
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const position = { lastLine: 7, tally: { ...NOTHING, read: 7, created: 7 } };
const open = () => IngestJournal.open(join(folder, "data"), catalogue, ["AUTO"]);

test("an ingest of a folder goes on while the folder is the same, and pictures are no part of that", async () => {
  await (await open()).write(position);
  await writeFile(join(catalogue, "a.jpg"), "picture");
  expect(await (await open()).read()).toEqual(position);
});

test("an ingest of a folder begins anew when a file deep in it is another one", async () => {
  await (await open()).write(position);
  await writeFile(join(catalogue, "listings/metadata/listings_0.json"), '{"item_id": "1"}');
  expect(await (await open()).read()).toBeNull();
});

test("a link in a folder may lead nowhere", async () => {
  await symlink(join(folder, "nowhere"), join(catalogue, "broken"));
  await (await open()).write(position);
  expect(await (await open()).read()).toEqual(position);
});
