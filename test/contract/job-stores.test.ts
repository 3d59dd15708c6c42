import { appendFile, mkdtemp, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { expect, test } from "vitest";
import { LikenessError } from "../../src/domain/errors.js";
import { claimFirst, NOTHING } from "../../src/domain/jobs.js";
import { DiskJobStore } from "../../src/jobs/disk-job-store.js";
import { importJob } from "../support/import-job.js";
import { jobStoreContract } from "./job-store-contract.js";

jobStoreContract("a folder", async () => await DiskJobStore.open(await mkdtemp(join(tmpdir(), "likeness-journal-"))));

test("errors that a crash left behind the journal's end are neither told nor kept", async () => {
  const folder = await mkdtemp(join(tmpdir(), "likeness-journal-"));
  const store = await DiskJobStore.open(folder);
  const job = importJob({ id: "torn" });
  const failure = (row: number) => ({ row, line: row + 1, id: null, code: "BAD_USER_INPUT", field: null, message: `row ${row}` }) as const;
  const { stored } = await store.create(job);
  const saved = await store.save({ ...stored, job: { ...job, tally: { ...NOTHING, read: 1, failed: 1 } } }, [failure(0)]);
  await appendFile(join(folder, "torn", "errors.ndjson"), `${JSON.stringify(failure(1))}\n{"row":2,"li`);
  const rows = async () => {
    const found: number[] = [];
    for await (const { row } of store.failures("torn")) found.push(row);
    return found;
  };
  expect(await rows()).toEqual([0]);
  await store.save({ ...saved, job: { ...job, tally: { ...NOTHING, read: 3, failed: 2 } } }, [failure(1)]);
  expect(await rows()).toEqual([0, 1]);
});

test("a job whose journal is cut off says so, in the log once, and holds up no other", async () => {
  const folder = await mkdtemp(join(tmpdir(), "likeness-journal-"));
  const lines: object[] = [];
  const store = await DiskJobStore.open(folder, pino({}, { write: (line: string) => void lines.push(JSON.parse(line)) }));
  await store.create(importJob({ id: "damaged", startedAt: new Date(0) }));
  await store.create(importJob({ id: "whole", startedAt: new Date(1) }));
  await truncate(join(folder, "damaged", "job.json"), 40);
  await expect(store.get("damaged")).rejects.toMatchObject({
    code: "IMPORTS_UNAVAILABLE",
    message: expect.stringContaining(join(folder, "damaged", "job.json")),
  });
  const claimed = await store.claim({ owner: "o", untilMs: Date.now() + 60_000 }, async () => true);
  expect(claimed?.job.id).toBe("whole");
  expect(await store.prune(new Date())).toBe(0);
  expect(lines).toEqual([
    expect.objectContaining({ level: 40, job: "damaged", err: expect.objectContaining({ code: "IMPORTS_UNAVAILABLE" }) }),
  ]);
});

test("an id that is no plain name leads to nothing outside the folder", async () => {
  const folder = await mkdtemp(join(tmpdir(), "likeness-journal-"));
  await (await DiskJobStore.open(folder)).create(importJob({ id: "outside" }));
  const store = await DiskJobStore.open(join(folder, "jobs"));
  expect(await store.get("../outside")).toBeNull();
});

test("a store that cannot keep a lease is told, and not taken for one without jobs", async () => {
  const save = () => Promise.reject(new LikenessError("IMPORTS_UNAVAILABLE", "the disk is full"));
  const claimed = claimFirst({ save }, [{ job: importJob(), version: "1" }], { owner: "o", untilMs: 0 }, async () => true);
  await expect(claimed).rejects.toMatchObject({ code: "IMPORTS_UNAVAILABLE" });
});

test("a folder that cannot be written is no bug of ours", async () => {
  const folder = await mkdtemp(join(tmpdir(), "likeness-journal-"));
  const store = await DiskJobStore.open(folder);
  const { stored } = await store.create(importJob({ id: "kept" }));
  await rm(join(folder, "kept"), { recursive: true });
  await writeFile(join(folder, "kept"), "");
  const refused = { code: "IMPORTS_UNAVAILABLE", message: expect.stringContaining("(ENOTDIR)") };
  await expect(store.save(stored)).rejects.toMatchObject(refused);
  await expect(store.create(stored.job)).rejects.toMatchObject(refused);
});
