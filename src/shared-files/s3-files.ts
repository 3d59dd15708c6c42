import { createReadStream } from "node:fs";
import { DeleteObjectCommand, GetObjectCommand, HeadObjectCommand, NoSuchKey, NotFound, S3Client } from "@aws-sdk/client-s3";
import { Upload } from "@aws-sdk/lib-storage";
import { LikenessError } from "../domain/errors.js";
import type { SharedFiles } from "../domain/ports.js";

export interface S3FilesOptions {
  readonly bucket: string;
  /** Start of every key, such as `imports/`. */
  readonly prefix: string;
}

/** Parts of a large upload: S3 takes 10,000 of one, so files up to 160 GB. */
const PART_BYTES = 16 * 1024 * 1024;

/** Uploaded catalogues as objects of a bucket. Region, credentials and endpoint come as for all AWS tools. */
export class S3Files implements SharedFiles {
  private readonly client = new S3Client({});

  constructor(private readonly options: S3FilesOptions) {}

  async write(name: string, path: string): Promise<void> {
    const params = { ...this.at(name), Body: createReadStream(path) };
    await this.ask(() => new Upload({ client: this.client, params, partSize: PART_BYTES }).done());
  }

  async has(name: string): Promise<boolean> {
    return (await this.ask(() => this.client.send(new HeadObjectCommand(this.at(name))))) !== null;
  }

  async read(name: string): Promise<AsyncIterable<Uint8Array> | null> {
    const found = await this.ask(() => this.client.send(new GetObjectCommand(this.at(name))));
    return (found?.Body as AsyncIterable<Uint8Array> | undefined) ?? null;
  }

  async remove(name: string): Promise<void> {
    await this.ask(() => this.client.send(new DeleteObjectCommand(this.at(name))));
  }

  private at(name: string): { Bucket: string; Key: string } {
    return { Bucket: this.options.bucket, Key: `${this.options.prefix}${name}` };
  }

  /** Null for an object that is not there. */
  private async ask<T>(work: () => Promise<T>): Promise<T | null> {
    try {
      return await work();
    } catch (cause) {
      if (cause instanceof NoSuchKey || cause instanceof NotFound) return null;
      const message = `The bucket of uploaded catalogues, ${this.options.bucket}, could not be used: try again, and see the server's log.`;
      throw new LikenessError("IMPORTS_UNAVAILABLE", message, { cause });
    }
  }
}
