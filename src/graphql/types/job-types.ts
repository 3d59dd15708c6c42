import { GraphQLDateTime } from "graphql-scalars";
import { Field, ID, Int, ObjectType, registerEnumType } from "type-graphql";
import { CATALOG_FORMATS, type CatalogFormat } from "../../domain/catalog-format.js";
import type { ImportJob, JobState, RowFailure } from "../../domain/jobs.js";
import type { IngestErrorType } from "./ingest-types.js";

const JobStateEnum = {
  QUEUED: "QUEUED",
  RUNNING: "RUNNING",
  SUCCEEDED: "SUCCEEDED",
  FAILED: "FAILED",
  CANCELLED: "CANCELLED",
} as const satisfies Record<JobState, JobState>;
registerEnumType(JobStateEnum, {
  name: "JobState",
  description: "Where an import stands. Rows that fail make no import fail.",
  valuesConfig: {
    QUEUED: { description: "Waits for a worker, also after its server stopped in the middle of it." },
    RUNNING: { description: "A worker has it." },
    SUCCEEDED: { description: "Every row was read; some may have failed." },
    FAILED: { description: "It could not go on: see errors." },
    CANCELLED: { description: "Ended by cancelIngestJob." },
  },
});

export const CatalogFormatEnum = Object.fromEntries(CATALOG_FORMATS.map((each) => [each, each])) as { [F in CatalogFormat]: F };
registerEnumType(CatalogFormatEnum, {
  name: "CatalogFormat",
  description: "What a catalogue file holds.",
  valuesConfig: {
    AUTO: { description: "Goes by the file's name and content." },
    NDJSON: { description: "One JSON object a line." },
    CSV: { description: "A table with a header: commas, semicolons or tabs." },
    ABO: { description: "Amazon Berkeley Objects." },
    GOOGLE_PRODUCT_FEED: { description: "A Google Merchant feed: XML or text with tabs." },
    SHOPIFY: { description: "Shopify's product CSV." },
    MAGENTO: { description: "The product CSV of Magento 2 and Adobe Commerce." },
    SAGEMAKER_BATCH_TRANSFORM: {
      description: "A catalogue in any of the other formats, with the outputs of the job that encoded its pictures.",
    },
  },
});

@ObjectType({ description: "An import of a whole catalogue; GET /jobs/<id>/errors.ndjson has all its errors, one JSON object a line." })
export class IngestJob {
  @Field(() => ID)
  readonly id!: string;

  @Field(() => JobStateEnum)
  readonly state!: JobState;

  @Field(() => Int, { nullable: true, description: "Rows of the file; null while that is not known." })
  readonly total!: number | null;

  @Field(() => Int, { description: "Rows that are done, the failed ones among them." })
  readonly done!: number;

  @Field(() => Int, { description: "Rows that were not ingested: see errors." })
  readonly failed!: number;

  @Field(() => GraphQLDateTime, { description: "When the import was asked for." })
  readonly startedAt!: Date;

  @Field(() => GraphQLDateTime, { nullable: true, description: "When it ended, in whatever way; null before." })
  readonly finishedAt!: Date | null;

  /** Resolves `errors`. */
  readonly job!: ImportJob;
}

export function toIngestJob(job: ImportJob): IngestJob {
  const { id, state, total, tally, startedAt, finishedAt } = job;
  return { id, state, total, done: tally.read, failed: tally.failed, startedAt, finishedAt, job };
}

/** A failed row; its line is told in the message, since a reader of a file looks for that. */
export function toIngestError({ row, line, id, field, code, message }: RowFailure): IngestErrorType {
  return { index: row, id, field, code, message: `Line ${line}: ${message}` };
}

/** Why a whole job failed, at the row it had come to. */
export function toJobError({ failure, tally }: ImportJob): IngestErrorType[] {
  return failure ? [{ index: tally.read, id: null, field: null, ...failure }] : [];
}
