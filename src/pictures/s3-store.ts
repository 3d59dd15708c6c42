import { DeleteObjectCommand, GetObjectCommand, HeadObjectCommand, PutObjectCommand, paginateListObjectsV2 } from "@aws-sdk/client-s3";
import { isPictureName } from "../domain/picture.js";
import type { PictureStore, StoredPicture } from "../domain/ports.js";
import { orNull, S3Bucket, type S3BucketOptions } from "../s3-bucket.js";

/** Copies as objects of a bucket. */
export class S3Store implements PictureStore {
  private readonly bucket: S3Bucket;

  constructor(options: S3BucketOptions) {
    this.bucket = new S3Bucket(options);
  }

  async read(name: string): Promise<Uint8Array | null> {
    const found = await orNull(this.bucket.client.send(new GetObjectCommand(this.at(name))));
    return (await found?.Body?.transformToByteArray()) ?? null;
  }

  async write(name: string, bytes: Uint8Array): Promise<void> {
    // The headers are for a CDN that reads the bucket itself.
    const served = { ContentType: "image/jpeg", CacheControl: "public, max-age=31536000, immutable" };
    await this.bucket.client.send(new PutObjectCommand({ ...this.at(name), Body: bytes, ...served }));
  }

  async *list(): AsyncGenerator<StoredPicture> {
    const { client, name: Bucket, prefix: Prefix } = this.bucket;
    for await (const { Contents = [] } of paginateListObjectsV2({ client }, { Bucket, Prefix })) {
      for (const { Key = "", LastModified } of Contents) {
        const name = Key.slice(Prefix.length).replace(/\.jpg$/, "");
        if (isPictureName(name) && LastModified) yield { name, writtenAt: LastModified };
      }
    }
  }

  async removeOlder(name: string, before: Date): Promise<boolean> {
    const found = await orNull(this.bucket.client.send(new HeadObjectCommand(this.at(name))));
    if (!found?.LastModified || found.LastModified >= before) return false;
    await this.bucket.client.send(new DeleteObjectCommand(this.at(name)));
    return true;
  }

  private at(name: string): { Bucket: string; Key: string } {
    if (!isPictureName(name)) throw new Error(`${JSON.stringify(name)} is no name of a picture`);
    return this.bucket.at(`${name}.jpg`);
  }
}
