import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ImportJob, JobChanged, type JobStore, NOTHING, type RowFailure } from "../../src/domain/jobs.js";
import { importJob } from "../support/import-job.js";

/** What every store of jobs has to do. `open` gives a store of its own, which may be opened again over the same jobs. */
export function jobStoreContract(name: string, open: () => Promise<JobStore>): void {
  describe(`${name} keeps jobs`, () => {
    let store: JobStore;
    beforeAll(async () => {
      store = await open();
    }, 120_000);
    afterAll(async () => await store?.close());

    const anyOf = async () => true;
    const lease = (owner: string, ms = 60_000) => ({ owner, untilMs: Date.now() + ms });

    test("gives back what it was given, and the first job of an id", async () => {
      const job = newJob();
      expect((await store.create(job)).created).toBe(true);
      const again = await store.create({ ...job, request: "another" });
      expect(again).toMatchObject({ created: false, stored: { job } });
      expect((await store.get(job.id))?.job).toEqual(job);
      expect(await store.get(randomUUID())).toBeNull();
      await finish(job.id);
    });

    test("leases each waiting job once, the oldest first, and none that its taker cannot run", async () => {
      const [older, newer] = [newJob(1), newJob(2)];
      await store.create(newer);
      await store.create(older);
      const owner = randomUUID();
      const cannot = async ({ id }: ImportJob) => id !== older.id;
      expect((await store.claim(lease(owner), cannot))?.job.id).toBe(newer.id);
      const taken = await Promise.all([1, 2, 3].map(() => store.claim(lease(owner), anyOf)));
      expect(taken.filter((each) => each !== null).map(({ job }) => [job.id, job.state])).toEqual([[older.id, "RUNNING"]]);
      await finish(older.id);
      await finish(newer.id);
    });

    test("leases a job behind any number of older ones that its taker cannot run", async () => {
      const older = Array.from({ length: 120 }, () => newJob(1));
      const own = newJob(2);
      await Promise.all([...older, own].map((each) => store.create(each)));
      expect((await store.claim(lease(randomUUID()), async ({ id }) => id === own.id))?.job.id).toBe(own.id);
      await Promise.all([...older, own].map(({ id }) => finish(id)));
    });

    test("gives a job to another once its lease is dead, and refuses the first one's saves from then on", async () => {
      const job = newJob();
      await store.create(job);
      const first = await store.claim(lease("first", -1), anyOf);
      const second = await store.claim(lease("second"), anyOf);
      expect([first?.job.id, second?.job.id]).toEqual([job.id, job.id]);
      if (!first || !second) throw new Error("not claimed");
      await expect(store.save({ ...first, job: { ...first.job, total: 5 } })).rejects.toBeInstanceOf(JobChanged);
      expect((await store.save({ ...second, job: { ...second.job, total: 6 } })).job.total).toBe(6);
      await finish(job.id);
    });

    test("gives a job back to its own taker once its lease is dead, and not before", async () => {
      const [held, lost] = [newJob(1), newJob(2)];
      await store.create(held);
      expect((await store.claim(lease("same"), anyOf))?.job.id).toBe(held.id);
      await store.create(lost);
      expect((await store.claim(lease("same", -1), anyOf))?.job.id).toBe(lost.id);
      expect((await store.claim(lease("same"), anyOf))?.job).toMatchObject({ id: lost.id, starts: 2 });
      expect(await store.claim(lease("same"), anyOf)).toBeNull();
      await finish(held.id);
      await finish(lost.id);
    });

    test("has the failures of the rows that are done, once each, whatever was saved in vain", async () => {
      const job = newJob();
      const { stored } = await store.create(job);
      const tally = (read: number) => ({ ...NOTHING, read, failed: read });
      const saved = await store.save({ ...stored, job: { ...job, tally: tally(2) } }, [failure(0), failure(1)]);
      await expect(store.save({ ...stored, job: { ...job, tally: tally(4) } }, [failure(2), failure(3)])).rejects.toBeInstanceOf(
        JobChanged,
      );
      expect(await failuresOf(job.id)).toEqual([failure(0), failure(1)]);
      await store.save({ ...saved, job: { ...job, tally: tally(4) } }, [failure(2), failure(3)]);
      expect(await failuresOf(job.id)).toEqual([0, 1, 2, 3].map(failure));
      await finish(job.id);
    });

    test("has no failure of a file whose place another one has taken", async () => {
      const job = newJob();
      const { stored } = await store.create(job);
      const tally = (read: number) => ({ ...NOTHING, read, failed: read });
      const saved = await store.save({ ...stored, job: { ...job, tally: tally(2) } }, [failure(0), failure(1)]);
      const other = { ...job, source: { ...job.source, digest: "e".repeat(64) } };
      const anew = await store.save({ ...saved, job: other });
      expect(await failuresOf(job.id)).toEqual([]);
      await store.save({ ...anew, job: { ...other, tally: tally(3) } }, [failure(2)]);
      expect(await failuresOf(job.id)).toEqual([failure(2)]);
      await finish(job.id);
    });

    test("gives back failures with any letter in them", async () => {
      const job = newJob();
      const { stored } = await store.create(job);
      // What some take for the ends of lines too.
      const given = { ...failure(0), message: 'Line 1: `price` must be a number; got "1\u2028\u2029\u0085\r\n".' };
      await store.save({ ...stored, job: { ...job, tally: { ...NOTHING, read: 1, failed: 1 } } }, [given]);
      expect(await failuresOf(job.id)).toEqual([given]);
      await finish(job.id);
    });

    test("forgets jobs that ended long ago with their failures, and no others", async () => {
      const [ended, recent, waiting] = [newJob(), newJob(), newJob()];
      for (const job of [ended, recent, waiting]) {
        const { stored } = await store.create(job);
        await store.save({ ...stored, job: { ...job, tally: { ...NOTHING, read: 1, failed: 1 } } }, [failure(0)]);
      }
      await finish(ended.id, new Date(1_700_000_100_000));
      await finish(recent.id, new Date(1_700_000_300_000));
      expect(await store.prune(new Date(1_700_000_200_000))).toBe(1);
      expect(await store.prune(new Date(1_700_000_200_000))).toBe(0);
      const left = await Promise.all([ended, recent, waiting].map(async ({ id }) => (await store.get(id))?.job.id));
      expect(left).toEqual([undefined, recent.id, waiting.id]);
      expect(await Promise.all([ended, recent, waiting].map(({ id }) => failuresOf(id)))).toEqual([[], [failure(0)], [failure(0)]]);
      await finish(waiting.id);
    });

    async function finish(id: string, finishedAt = new Date()): Promise<void> {
      const stored = await store.get(id);
      if (stored) await store.save({ ...stored, job: { ...stored.job, state: "SUCCEEDED", finishedAt, lease: null } });
    }

    async function failuresOf(id: string): Promise<RowFailure[]> {
      const failures: RowFailure[] = [];
      for await (const each of store.failures(id)) failures.push(each);
      return failures;
    }
  });
}

/** `age`: which of two jobs was asked for first. */
function newJob(age = 0): ImportJob {
  return importJob({ startedAt: new Date(1_700_000_000_000 + age) });
}

function failure(row: number): RowFailure {
  return { row, line: row + 1, id: `p${row}`, code: "BAD_USER_INPUT", field: ["price"], message: "no – “price”" };
}
