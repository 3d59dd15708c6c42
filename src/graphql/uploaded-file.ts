import type { Readable } from "node:stream";
import { LikenessError } from "../domain/errors.js";
import type { Spool, Spooled } from "../jobs/spool.js";
import { type HeldShare, overloaded } from "./held-bytes.js";

/** A file of a multipart request, as the library hands it to resolvers. */
export interface UploadedFile {
  readonly filename: string;
  readonly createReadStream: () => Readable;
}

export interface FileLimits {
  /** Of one file. */
  readonly maxFileBytes: number;
  /** Of all files of one request together, and of its operation, since they are held in memory. */
  readonly maxRequestBytes: number;
}

/** What the files of one request may still hold in memory. */
export interface FilesBudget extends FileLimits {
  /** What is left of `maxRequestBytes`. */
  leftBytes: number;
  readonly held: HeldShare;
}

/** The bytes of a file. Throws UPLOAD_TOO_LARGE for one that is over a limit: it is never cut silently. */
export async function readFile(file: UploadedFile, budget: FilesBudget): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  let hasRoom = true;
  for await (const chunk of chunksOf(file)) {
    bytes += chunk.length;
    budget.leftBytes -= chunk.length;
    const isAllowed = bytes <= budget.maxFileBytes && budget.leftBytes >= 0;
    hasRoom &&= !isAllowed || budget.held.take(chunk.length);
    if (isAllowed && hasRoom) chunks.push(chunk);
    else chunks.length = 0;
  }
  if (bytes > budget.maxFileBytes) throw tooLarge(`The file ${JSON.stringify(file.filename)} is too large`, budget.maxFileBytes);
  if (budget.leftBytes < 0) throw tooLarge("The files of the request are too large together", budget.maxRequestBytes);
  if (!hasRoom) throw overloaded();
  return Buffer.concat(chunks);
}

/** A file, whole and on disk. What cannot be kept is still read to its end, because a stream that nobody reads stalls the request. */
export async function spoolFile(file: UploadedFile, spool: Spool): Promise<Spooled> {
  const chunks = chunksOf(file);
  try {
    return await spool.receive(file.filename, { [Symbol.asyncIterator]: () => ({ next: () => chunks.next() }) });
  } catch (error) {
    for (let next = await chunks.next(); !next.done; next = await chunks.next());
    throw error;
  }
}

/** The bytes of a file as they come. Throws BAD_USER_INPUT where the form ends in the midst of it. */
async function* chunksOf(file: UploadedFile): AsyncGenerator<Buffer> {
  try {
    yield* file.createReadStream();
  } catch (cause) {
    notArrived(cause);
  }
}

/** Throws BAD_USER_INPUT for a file that did not come whole. */
export function notArrived(cause: unknown): never {
  const message = "The form ends before a file that its map names, or in the midst of it: send each file whole, under its name of the map.";
  throw new LikenessError("BAD_USER_INPUT", message, { cause });
}

function tooLarge(what: string, maxBytes: number): LikenessError {
  return new LikenessError("UPLOAD_TOO_LARGE", `${what}; at most ${maxBytes} bytes are allowed.`);
}
