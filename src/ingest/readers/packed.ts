import { open, stat } from "node:fs/promises";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { asError, LikenessError } from "../../domain/errors.js";

/** A file of a catalogue, unpacked. */
export interface CatalogSource {
  /** Its name without `.gz`; what it ends in tells the format. */
  readonly name: string;
  /** Its bytes from the beginning; may be called again. Throws BAD_USER_INPUT where a packed file is damaged. */
  open(): AsyncIterable<Uint8Array>;
}

/** Whether there is a file at the path, and no folder. */
export async function isFile(path: string): Promise<boolean> {
  return (await stat(path).catch(() => null))?.isFile() ?? false;
}

/** The first `count` bytes of a file, or all it has. */
export async function firstBytes(file: string, count: number): Promise<Uint8Array> {
  const handle = await open(file);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(count), 0, count, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

/** The gzip magic number of RFC 1952. */
export function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

export function withoutGz(name: string): string {
  return name.replace(/\.gz$/i, "");
}

/** Unpacks gzip as it comes. Throws BAD_USER_INPUT where it is damaged; a LikenessError of `chunks` stays as it is. */
export async function* gunzip(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const unpacked = createGunzip();
  // What goes wrong on either side comes out of the unpacked stream; a reader that ends early is no mistake.
  const fed = pipeline(Readable.from(chunks, { objectMode: false }), unpacked).catch(() => undefined);
  try {
    yield* unpacked as AsyncIterable<Uint8Array>;
  } catch (cause) {
    throw cause instanceof LikenessError ? cause : damaged("gzip", cause);
  } finally {
    unpacked.destroy();
    await fed;
  }
}

/** For bytes from the network, which an HTTP client may have unpacked already, whatever the name says. */
export async function* gunzipIfPacked(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const iterator = chunks[Symbol.asyncIterator]();
  const first = await iterator.next();
  if (first.done) return;
  async function* all(): AsyncGenerator<Uint8Array> {
    yield first.value;
    yield* { [Symbol.asyncIterator]: () => iterator };
  }
  yield* isGzip(first.value) ? gunzip(all()) : all();
}

/** The error of a packed file (`kind` of packing) that cannot be unpacked any further. */
export function damaged(kind: string, cause: unknown): LikenessError {
  const reason = asError(cause).message;
  return new LikenessError(
    "BAD_USER_INPUT",
    `The ${kind} data is damaged from here on (${reason}). Pack the file anew, and send it again.`,
    { cause },
  );
}

/** Up to `count` bytes from the beginning of a source, or what there is before it is damaged: the reader will meet that again. */
export async function readHead(source: CatalogSource, count: number): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  try {
    for await (const chunk of source.open()) {
      parts.push(chunk);
      bytes += chunk.length;
      if (bytes >= count) break;
    }
  } catch (error) {
    if (!(error instanceof LikenessError)) throw error;
  }
  return Buffer.concat(parts).subarray(0, count);
}
