import { appendFile, mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { NOTHING } from "../../src/domain/jobs.js";
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
