import { createHash } from "node:crypto";
import { BulkheadRejectedError, bulkhead } from "cockatiel";
import { LRUCache } from "lru-cache";
import sharp, { type Sharp } from "sharp";
import { LikenessError } from "../domain/errors.js";
import { isPictureName, type KeptPicture, LONGEST_SIDE, type PictureWidth, undecodable } from "../domain/picture.js";
import type { PictureCopies, PictureStore } from "../domain/ports.js";
import type { Logger } from "../log.js";

/** With colours in full (4:4:4), so that a later model sees nearly what it would see in the source; docs/pictures.md has figures. */
const QUALITY = 80;
/** Part of every name: a change of it gives new names, so that what browsers keep for ever is never wrong. */
const RECIPE = `jpeg ${LONGEST_SIDE} ${QUALITY} 4:4:4\n`;

/** Sharp works in Node's four threads; the other two are left to decoding what is encoded and to reading files. */
const AT_A_TIME = 2;
const MAX_WAITING_READS = 256;
const MAX_CACHED_BYTES = 64 * 1024 * 1024;

/** What every JPEG ends with (ITU-T T.81, table B.1: EOI). */
const END_OF_IMAGE = Buffer.of(0xff, 0xd9);

interface Copy {
  readonly bytes: Uint8Array;
  readonly width: number;
  readonly height: number;
}

/** Keeps copies in a store. A picture that is kept already is not made again, whichever product it comes with. */
export class StoredCopies implements PictureCopies {
  private readonly keeping = bulkhead(AT_A_TIME, Number.POSITIVE_INFINITY);
  private readonly scaling = bulkhead(AT_A_TIME, MAX_WAITING_READS);
  /** Smaller sizes, by `name width`; asked for twice at once, one is made once. */
  private readonly scaled: LRUCache<string, Uint8Array, { name: string; width: PictureWidth }>;

  constructor(
    private readonly store: PictureStore,
    private readonly log: Logger,
  ) {
    this.scaled = new LRUCache({
      maxSize: MAX_CACHED_BYTES,
      sizeCalculation: ({ byteLength }) => byteLength,
      fetchMethod: (_key, _stale, { context }) => this.scale(context.name, context.width),
      // One that is pushed out while it is being made is still owed to whoever asked for it.
      ignoreFetchAbort: true,
    });
  }

  async keep(picture: Uint8Array): Promise<KeptPicture> {
    const name = createHash("sha256").update(RECIPE).update(picture).digest("hex");
    const known = await this.whole(name);
    const copy = known
      ? await measured(known)
      : await this.keeping.execute(() => toJpeg(sharp(picture, { failOn: "error" }).autoOrient(), LONGEST_SIDE));
    // A known one too: a clean-up that has seen no product with it yet must find it new.
    await this.stored("write", () => this.store.write(name, copy.bytes));
    return { name, width: copy.width, height: copy.height };
  }

  async read(name: string, width?: PictureWidth): Promise<Uint8Array | null> {
    if (!isPictureName(name)) return null;
    if (width === undefined) return await this.whole(name);
    try {
      return (await this.scaled.fetch(`${name} ${width}`, { context: { name, width } })) ?? null;
    } catch (error) {
      if (!(error instanceof BulkheadRejectedError)) throw error;
      throw new LikenessError("OVERLOADED", "Too many pictures are being scaled at once: try again in a few seconds.");
    }
  }

  private async scale(name: string, width: PictureWidth): Promise<Uint8Array | undefined> {
    const copy = await this.whole(name);
    return copy ? (await this.scaling.execute(() => toJpeg(sharp(copy), width, LONGEST_SIDE))).bytes : undefined;
  }

  /** A machine that loses power may leave a copy empty or cut off: that counts as none, so that it is made again and no browser keeps it. */
  private async whole(name: string): Promise<Uint8Array | null> {
    const bytes = await this.stored("read", () => this.store.read(name));
    if (!bytes || END_OF_IMAGE.equals(bytes.subarray(-END_OF_IMAGE.length))) return bytes;
    this.log.error({ name, bytes: bytes.byteLength }, "a picture's copy is damaged");
    return null;
  }

  private async stored<T>(action: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      this.log.error({ err: error, action }, "picture store failed");
      throw new LikenessError("PICTURES_UNAVAILABLE", `The picture store could not ${action}: try again, and see the server's log.`, {
        cause: error,
      });
    }
  }
}

async function measured(bytes: Uint8Array): Promise<Copy> {
  const { width, height } = await sharp(bytes).metadata();
  return { bytes, width, height };
}

/** At most so wide and high, never enlarged. Transparent parts become white, as the encoder sees them; sharp leaves metadata out. */
async function toJpeg(image: Sharp, width: number, height = width): Promise<Copy> {
  try {
    const { data, info } = await image
      .resize({ width, height, fit: "inside", withoutEnlargement: true })
      .flatten({ background: "white" })
      .toColourspace("srgb")
      // Huffman tables made for this very picture would save 6 % of its bytes and take a third of the time.
      .jpeg({ quality: QUALITY, chromaSubsampling: "4:4:4", optimiseCoding: false })
      .toBuffer({ resolveWithObject: true });
    return { bytes: data, width: info.width, height: info.height };
  } catch (cause) {
    throw undecodable(cause);
  }
}
