import type { IncomingMessage } from "node:http";
import type { Readable } from "node:stream";
import type { GraphQLScalarType } from "graphql";
import { GraphQLUpload as LibraryUpload, processRequest } from "graphql-upload-minimal";
import { badInput, LikenessError } from "../domain/errors.js";

/** A file of a multipart request, as the library hands it to resolvers. */
export interface UploadedFile {
  readonly filename: string;
  readonly createReadStream: () => Readable;
}

export interface UploadLimits {
  /** Of one file. */
  readonly maxFileBytes: number;
  /** Of all files of one request together, since they are held in memory. */
  readonly maxRequestBytes: number;
  readonly maxFiles: number;
}

export const GraphQLUpload = LibraryUpload as GraphQLScalarType;

/** The bytes of each file, read once: the multipart spec lets one file stand at several paths. */
const contents = new WeakMap<UploadedFile, Promise<Uint8Array>>();

/**
 * Parses a GraphQL multipart request (jaydenseric/graphql-multipart-request-spec) into the operation it carries. Every
 * file is read as it arrives, wanted or not, because a stream that nobody reads stalls the request.
 */
export async function readMultipart(request: IncomingMessage, limits: UploadLimits): Promise<unknown> {
  const announced = Number(request.headers["content-length"] ?? 0);
  if (announced > limits.maxRequestBytes) {
    request.resume();
    throw tooLarge(`The request has ${announced} bytes`, limits.maxRequestBytes);
  }
  // The limit is one byte higher than allowed, so that a file of exactly the allowed size is not taken for a cut one.
  const options = { maxFileSize: limits.maxFileBytes + 1, maxFiles: limits.maxFiles };
  const operations = await processRequest(request, undefined as never, options);
  const budget = { leftBytes: limits.maxRequestBytes };
  for (const upload of uploadsIn(operations)) {
    upload.promise.then(
      (file) => {
        const read = readStream(file, limits, budget);
        read.catch(() => {});
        contents.set(file, read);
      },
      () => {},
    );
  }
  return operations;
}

/** The bytes of an uploaded file. Throws UPLOAD_TOO_LARGE for one that was over the limit: it is never cut silently. */
export async function readUpload(file: UploadedFile): Promise<Uint8Array> {
  const bytes = contents.get(file);
  if (!bytes) throw badInput("A picture must be sent by the GraphQL multipart request spec.");
  return await bytes;
}

async function readStream(file: UploadedFile, limits: UploadLimits, budget: { leftBytes: number }): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of file.createReadStream()) {
    bytes += chunk.length;
    budget.leftBytes -= chunk.length;
    if (bytes <= limits.maxFileBytes && budget.leftBytes >= 0) chunks.push(chunk);
    else chunks.length = 0;
  }
  if (bytes > limits.maxFileBytes) throw tooLarge(`The file ${JSON.stringify(file.filename)} is too large`, limits.maxFileBytes);
  if (budget.leftBytes < 0) throw tooLarge("The files of the request are too large together", limits.maxRequestBytes);
  return Buffer.concat(chunks);
}

function tooLarge(what: string, maxBytes: number): LikenessError {
  return new LikenessError("UPLOAD_TOO_LARGE", `${what}; at most ${maxBytes} bytes are allowed.`);
}

interface PendingUpload {
  readonly promise: Promise<UploadedFile>;
}

function uploadsIn(value: unknown, found = new Set<PendingUpload>()): Set<PendingUpload> {
  if (typeof value !== "object" || value === null) return found;
  if ("promise" in value && value.promise instanceof Promise) found.add(value as PendingUpload);
  else for (const each of Object.values(value)) uploadsIn(each, found);
  return found;
}
