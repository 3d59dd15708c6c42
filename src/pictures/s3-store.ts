import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  NoSuchKey,
  NotFound,
  PutObjectCommand,
  paginateListObjectsV2,
  S3Client,
} from "@aws-sdk/client-s3";
import { isPictureName } from "../domain/picture.js";
import type { PictureStore, StoredPicture } from "../domain/ports.js";

export interface S3StoreOptions {
  readonly bucket: string;
  /** Start of every key, such as `pictures/`. */
  readonly prefix: string;
}

/** Copies as objects of a bucket. Region, credentials and endpoint come as for all AWS tools. */
export class S3Store implements PictureStore {
  private readonly client = new S3Client({});

  constructor(private readonly options: S3StoreOptions) {}

  async read(name: string): Promise<Uint8Array | null> {
    const found = await orNull(this.client.send(new GetObjectCommand(this.at(name))));
    return (await found?.Body?.transformToByteArray()) ?? null;
  }

  async write(name: string, bytes: Uint8Array): Promise<void> {
    // The headers are for a CDN that reads the bucket itself.
    const served = { ContentType: "image/jpeg", CacheControl: "public, max-age=31536000, immutable" };
    await this.client.send(new PutObjectCommand({ ...this.at(name), Body: bytes, ...served }));
  }

  async *list(): AsyncGenerator<StoredPicture> {
    const { bucket: Bucket, prefix: Prefix } = this.options;
    for await (const { Contents = [] } of paginateListObjectsV2({ client: this.client }, { Bucket, Prefix })) {
      for (const { Key = "", LastModified } of Contents) {
        const name = Key.slice(Prefix.length).replace(/\.jpg$/, "");
        if (isPictureName(name) && LastModified) yield { name, writtenAt: LastModified };
      }
    }
  }

  async removeOlder(name: string, before: Date): Promise<boolean> {
    const found = await orNull(this.client.send(new HeadObjectCommand(this.at(name))));
    if (!found?.LastModified || found.LastModified >= before) return false;
    await this.client.send(new DeleteObjectCommand(this.at(name)));
    return true;
  }

  private at(name: string): { Bucket: string; Key: string } {
    if (!isPictureName(name)) throw new Error(`${JSON.stringify(name)} is no name of a picture`);
    return { Bucket: this.options.bucket, Key: `${this.options.prefix}${name}.jpg` };
  }
}

async function orNull<T>(work: Promise<T>): Promise<T | null> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof NoSuchKey || error instanceof NotFound) return null;
    throw error;
  }
}
