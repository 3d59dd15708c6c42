import { type Client, errors } from "@opensearch-project/opensearch";
import { claimFirst, type ImportJob, JobChanged, type JobStore, type Lease, type RowFailure, type StoredJob } from "../../domain/jobs.js";
import { type BulkItem, BulkWriter } from "./bulk.js";
import { createClient, forReads } from "./client.js";
import type { OpenSearchOptions } from "./options.js";
import { type Patience, patiently } from "./retry.js";
import { unavailable } from "./unavailable.js";

/** Failures read in one request. */
const PAGE = 1_000;
/** Jobs read in one request to find one that can be taken. */
const CANDIDATES = 100;

/** What is searched for is mapped; the job itself is kept as it is. */
const JOB_FIELDS = {
  startedAt: { type: "date" },
  /** When the job may be taken, in milliseconds since 1970: at once, or when its lease has run out. Absent once it has ended. */
  claimableAtMs: { type: "long" },
  job: { type: "object", enabled: false },
} as const;
const FAILURE_FIELDS = {
  jobId: { type: "keyword" },
  /** Of the file, so that the failures of a file that was replaced meanwhile do not count. */
  digest: { type: "keyword" },
  row: { type: "long" },
  failure: { type: "object", enabled: false },
} as const;

type Hit = {
  readonly _id: string;
  readonly _seq_no: number;
  readonly _primary_term: number;
  readonly _source: { readonly job: ImportJob };
};

/**
 * Jobs in two indices beside the products' alias, `<alias>-jobs` and `<alias>-job-errors`, so that every gateway of the alias
 * sees them. A save carries the sequence number of what it was read as (optimistic concurrency control), so of two gateways
 * that want one job, one gets it.
 */
export class OpenSearchJobStore implements JobStore {
  readonly isShared = true;
  private readonly reads: Client;
  private readonly bulk: BulkWriter;
  private readonly reading: Patience;
  private readonly writing: Patience;
  private readonly jobs: string;
  private readonly errors: string;

  private constructor(
    private readonly client: Client,
    private readonly options: OpenSearchOptions,
  ) {
    const { alias, searchTimeoutMs, writeTimeoutMs } = options;
    this.reads = forReads(client, options);
    this.bulk = new BulkWriter(client, { limitMs: writeTimeoutMs });
    this.reading = patiently({ limitMs: searchTimeoutMs });
    this.writing = patiently({ limitMs: writeTimeoutMs });
    this.jobs = `${alias}-jobs`;
    this.errors = `${alias}-job-errors`;
  }

  /** Makes the two indices where they are not there. Throws INDEX_UNAVAILABLE. */
  static async open(options: OpenSearchOptions): Promise<OpenSearchJobStore> {
    const store = new OpenSearchJobStore(createClient(options, { retries: 0 }), options);
    const settings = { number_of_shards: 1, number_of_replicas: options.replicas };
    await store.createIndex(store.jobs, { settings, mappings: { dynamic: false, properties: JOB_FIELDS } });
    await store.createIndex(store.errors, { settings, mappings: { dynamic: false, properties: FAILURE_FIELDS } });
    return store;
  }

  async create(job: ImportJob): Promise<{ stored: StoredJob; created: boolean }> {
    try {
      return { stored: await this.write(job, { op_type: "create" }), created: true };
    } catch (error) {
      const stored = error instanceof JobChanged ? await this.get(job.id) : null;
      if (!stored) throw error;
      return { stored, created: false };
    }
  }

  async get(id: string): Promise<StoredJob | null> {
    const { body } = await this.request(this.reading, () => this.reads.get({ index: this.jobs, id }, { ignore: [404] }));
    return body.found ? fromHit(body as unknown as Hit) : null;
  }

  async claim(lease: Lease, canRun: (job: ImportJob) => Promise<boolean>): Promise<StoredJob | null> {
    const query = { range: { claimableAtMs: { lte: Date.now() } } };
    await this.refresh(this.jobs);
    // All of them, if need be: those of gateways that are gone for good stay in the queue, before what others were asked for later.
    const oldestFirst = { query, size: CANDIDATES, sort: [{ startedAt: "asc" }, { _seq_no: "asc" }], seq_no_primary_term: true };
    for await (const hits of this.pages<Hit>(this.jobs, oldestFirst)) {
      const taken = await claimFirst(this, hits.map(fromHit), lease, canRun);
      if (taken) return taken;
    }
    return null;
  }

  /** The failures are written first, under ids of their own: a save that is made again writes them over themselves. */
  async save({ job, version }: StoredJob, failures: readonly RowFailure[] = []): Promise<StoredJob> {
    const { digest } = job.source;
    const items = failures.map((failure) => ({
      id: `${job.id}-${digest}-${failure.row}`,
      action: "index" as const,
      document: { jobId: job.id, digest, row: failure.row, failure },
    }));
    await this.writeAll(this.errors, items);
    const [seqNo, primaryTerm] = version.split(":").map(Number);
    return await this.write(job, { if_seq_no: seqNo as number, if_primary_term: primaryTerm as number });
  }

  async *failures(id: string): AsyncGenerator<RowFailure> {
    const stored = await this.get(id);
    const digest = stored?.job.source.digest;
    if (!stored || !digest) return;
    await this.refresh(this.errors);
    const query = { bool: { filter: [{ term: { jobId: id } }, { term: { digest } }, { range: { row: { lt: stored.job.tally.read } } }] } };
    const inOrder = { query, size: PAGE, sort: [{ row: "asc" }] };
    for await (const hits of this.pages<{ readonly _source: { readonly failure: RowFailure } }>(this.errors, inOrder)) {
      for (const { _source } of hits) yield _source.failure;
    }
  }

  async prune(endedBefore: Date): Promise<number> {
    const query = {
      bool: { must_not: [{ exists: { field: "claimableAtMs" } }], filter: [{ range: { startedAt: { lt: endedBefore.getTime() } } }] },
    };
    await this.refresh(this.jobs);
    const found = await this.search<Hit>(this.jobs, { query, size: PAGE, sort: [{ startedAt: "asc" }] });
    const ended = found.map((hit) => fromHit(hit).job).filter(({ finishedAt }) => finishedAt && finishedAt < endedBefore);
    if (ended.length === 0) return 0;
    const ids = ended.map(({ id }) => id);
    await this.forgetFailures(ids);
    await this.writeAll(this.jobs, ids.map(removal));
    return ids.length;
  }

  async close(): Promise<void> {
    await this.client.close();
  }

  /** Before the jobs: a job that is still there is pruned again. */
  private async forgetFailures(jobIds: readonly string[]): Promise<void> {
    for (;;) {
      await this.refresh(this.errors);
      const found = await this.search<Hit>(this.errors, { query: { terms: { jobId: jobIds } }, size: PAGE, _source: false });
      if (found.length === 0) return;
      const removals = found.map(({ _id }) => removal(_id));
      await this.writeAll(this.errors, removals);
    }
  }

  private async refresh(index: string): Promise<void> {
    await this.request(this.reading, () => this.reads.indices.refresh({ index }));
  }

  /** All that a search finds, by its own size and order. */
  private async *pages<T>(index: string, body: { readonly size: number }): AsyncGenerator<readonly T[]> {
    for (let after: readonly unknown[] | undefined; ; ) {
      const hits = await this.search<T & { readonly sort: readonly unknown[] }>(index, { ...body, ...(after && { search_after: after }) });
      if (hits.length > 0) yield hits;
      after = hits.at(-1)?.sort;
      if (hits.length < body.size) return;
    }
  }

  private async search<T>(index: string, body: object): Promise<readonly T[]> {
    const { body: found } = await this.request(this.reading, () => this.reads.search({ index, body: body as never }));
    return found.hits.hits as unknown as readonly T[];
  }

  private async writeAll(index: string, items: readonly BulkItem[]): Promise<void> {
    const outcomes = await this.bulk.write(index, items, { intoIndex: true });
    const failed = outcomes.find((each) => each instanceof Error);
    if (failed) throw this.failed(failed);
  }

  /** Throws JobChanged where the condition does not hold. */
  private async write(job: ImportJob, condition: object): Promise<StoredJob> {
    const { id, startedAt, finishedAt, lease } = job;
    const document = { startedAt, job, ...(finishedAt ? {} : { claimableAtMs: lease?.untilMs ?? 0 }) };
    const indexed = { index: this.jobs, id, body: document as never, ...condition };
    const { statusCode, body } = await this.request(this.writing, () => this.client.index(indexed, { ignore: [409] }));
    if (statusCode === 409) throw new JobChanged(`job ${id} was saved since`);
    return { job, version: `${body._seq_no}:${body._primary_term}` };
  }

  private async createIndex(index: string, body: object): Promise<void> {
    await this.request(this.writing, async () => {
      try {
        await this.client.indices.create({ index, body: body as never });
      } catch (error) {
        const type = error instanceof errors.ResponseError ? error.body?.error?.type : null;
        if (type !== "resource_already_exists_exception") throw error;
      }
    });
  }

  /** Makes a request, again while it fails in passing. Throws INDEX_UNAVAILABLE. */
  private async request<T>(again: Patience, work: () => Promise<T>): Promise<T> {
    try {
      return await again(work);
    } catch (error) {
      throw this.failed(error);
    }
  }

  private failed(error: unknown): Error {
    this.options.log?.error({ err: error }, "imports could not be read or kept");
    return unavailable("The imports in OpenSearch could not be read or kept", error);
  }
}

function removal(id: string): BulkItem {
  return { id, action: "delete" };
}

function fromHit({ _source: { job }, _seq_no, _primary_term }: Hit): StoredJob {
  const finishedAt = job.finishedAt && new Date(job.finishedAt);
  return { job: { ...job, startedAt: new Date(job.startedAt), finishedAt }, version: `${_seq_no}:${_primary_term}` };
}
