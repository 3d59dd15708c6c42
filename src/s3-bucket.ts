import { NoSuchKey, NotFound, S3Client } from "@aws-sdk/client-s3";

export interface S3BucketOptions {
  readonly bucket: string;
  /** Start of every key, such as `pictures/`. */
  readonly prefix: string;
  /** A request whose connection brings and takes nothing for so long is given up. */
  readonly idleMs?: number;
}

/**
 * Much longer than S3 is silent. To complete a large upload it may take minutes, but sends spaces meanwhile
 * (https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html).
 */
const IDLE_MS = 30_000;
/** As the encoder's: a connection that takes longer to open leads nowhere. */
const CONNECT_MS = 5_000;

/**
 * Where in a bucket something is kept, and a client for it. Region, credentials and endpoint come as for all AWS tools. The SDK sets
 * no limit of time by itself, so that a read over a dead connection would never end; its `requestTimeout` would end a long download too,
 * where `socketTimeout` looks for standstill (`NodeHttpHandlerOptions` of @smithy/types).
 */
export class S3Bucket {
  readonly client: S3Client;
  readonly name: string;
  readonly prefix: string;

  constructor({ bucket, prefix, idleMs = IDLE_MS }: S3BucketOptions) {
    this.client = new S3Client({ requestHandler: { connectionTimeout: CONNECT_MS, socketTimeout: idleMs } });
    this.name = bucket;
    this.prefix = prefix;
  }

  at(name: string): { Bucket: string; Key: string } {
    return { Bucket: this.name, Key: `${this.prefix}${name}` };
  }
}

/** Null for an object that is not there. */
export async function orNull<T>(work: Promise<T>): Promise<T | null> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof NoSuchKey || error instanceof NotFound) return null;
    throw error;
  }
}
