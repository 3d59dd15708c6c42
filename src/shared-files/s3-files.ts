import { createReadStream } from "node:fs";
import { DeleteObjectCommand, GetObjectCommand, HeadObjectCommand } from "@aws-sdk/client-s3";
import { Upload } from "@aws-sdk/lib-storage";
import { LikenessError } from "../domain/errors.js";
import type { SharedFiles } from "../domain/ports.js";
import { orNull, S3Bucket, type S3BucketOptions } from "../s3-bucket.js";

/** Parts of a large upload: S3 takes 10,000 of one, so files up to 160 GB. */
const PART_BYTES = 16 * 1024 * 1024;

/** Uploaded catalogues as objects of a bucket. */
export class S3Files implements SharedFiles {
  private readonly bucket: S3Bucket;

  constructor(options: S3BucketOptions) {
    this.bucket = new S3Bucket(options);
  }

  async write(name: string, path: string): Promise<void> {
    const params = { ...this.bucket.at(name), Body: createReadStream(path) };
    await this.ask(() => new Upload({ client: this.bucket.client, params, partSize: PART_BYTES }).done());
  }

  async has(name: string): Promise<boolean> {
    return (await this.ask(() => this.bucket.client.send(new HeadObjectCommand(this.bucket.at(name))))) !== null;
  }

  async read(name: string): Promise<AsyncIterable<Uint8Array> | null> {
    const found = await this.ask(() => this.bucket.client.send(new GetObjectCommand(this.bucket.at(name))));
    return found?.Body ? this.chunks(found.Body as AsyncIterable<Uint8Array>) : null;
  }

  async remove(name: string): Promise<void> {
    await this.ask(() => this.bucket.client.send(new DeleteObjectCommand(this.bucket.at(name))));
  }

  /** Null for an object that is not there. */
  private async ask<T>(work: () => Promise<T>): Promise<T | null> {
    return await orNull(work()).catch((cause) => {
      throw this.unavailable(cause);
    });
  }

  /** An answer may break off after its head, or stand still. */
  private async *chunks(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    try {
      yield* body;
    } catch (cause) {
      throw this.unavailable(cause);
    }
  }

  private unavailable(cause: unknown): LikenessError {
    const message = `The bucket of uploaded catalogues, ${this.bucket.name}, could not be used: try again, and see the server's log.`;
    return new LikenessError("IMPORTS_UNAVAILABLE", message, { cause });
  }
}
