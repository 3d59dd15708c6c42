import type { IncomingMessage } from "node:http";
import type { Readable } from "node:stream";
import { GraphQLError, GraphQLScalarType } from "graphql";
import { GraphQLUpload as LibraryUpload, processRequest } from "graphql-upload-minimal";
import type { Access } from "../domain/access.js";
import { badInput, LikenessError } from "../domain/errors.js";
import type { Spool, Spooled } from "../jobs/spool.js";
import { guardedForm } from "./guarded-form.js";
import { type HeldShare, overloaded } from "./held-bytes.js";
import { catalogVariables, type GraphQLRequest } from "./variables.js";

/** A file of a multipart request, as the library hands it to resolvers. */
export interface UploadedFile {
  readonly filename: string;
  readonly createReadStream: () => Readable;
}

export interface UploadLimits {
  /** Of one file. */
  readonly maxFileBytes: number;
  /** Of all files of one request together, and of its operation, since they are held in memory. */
  readonly maxRequestBytes: number;
  /** Of the bodies of all requests together. */
  readonly maxHeldBytes: number;
  readonly maxFiles: number;
  /** Where catalogues are written as they come; they are no part of the limits above. */
  readonly spool: Spool;
}

/** The library's scalar, with words for what is no upload. */
export const GraphQLUpload = new GraphQLScalarType({
  ...(LibraryUpload as GraphQLScalarType).toConfig(),
  description: "A file sent by the GraphQL multipart request spec.",
  parseValue(value) {
    if (isPending(value)) return value.promise;
    throw new GraphQLError(NO_UPLOAD);
  },
  parseLiteral: (node) => {
    throw new GraphQLError(NO_UPLOAD, { nodes: node });
  },
});

const NO_UPLOAD = "A file is sent by the GraphQL multipart request spec, in place of a variable of the type Upload that is null.";

/** The bytes of each file, read once: the multipart spec lets one file stand at several paths. */
const contents = new WeakMap<UploadedFile, Promise<Uint8Array>>();
const catalogs = new WeakMap<UploadedFile, Promise<Spooled>>();
const catalogsOf = new WeakMap<IncomingMessage, readonly Promise<Spooled>[]>();

/**
 * Parses a GraphQL multipart request (jaydenseric/graphql-multipart-request-spec) into the operation it carries. Every
 * file is read as it arrives, wanted or not, because a stream that nobody reads stalls the request; as a catalogue, whole and to disk,
 * for those alone who may import one. Throws BAD_USER_INPUT, or the library's error with its status, for what is no such request, and
 * QUERY_TOO_COMPLEX. What it holds in memory is taken from `held`.
 */
export async function readMultipart(
  request: IncomingMessage,
  limits: UploadLimits,
  { mayWrite }: Pick<Access, "mayWrite">,
  held: HeldShare,
): Promise<unknown> {
  if (!/boundary=/i.test(request.headers["content-type"] ?? "")) {
    throw badInput("The content-type names no boundary of the form's parts: leave that header out, and your client sets it.");
  }
  // Each file is bounded where it is read. Only past the largest bound is one cut off on its way.
  const options = { maxFieldSize: limits.maxRequestBytes, maxFileSize: Number.POSITIVE_INFINITY, maxFiles: limits.maxFiles };
  endWithConnection(request);
  const form = guardedForm(request, held);
  const operations = await processRequest(form.request, undefined as never, options).catch((error) => {
    throw error instanceof LikenessError ? error : (form.mistake() ?? refusal(error));
  });
  const uploads = uploadsIn(operations);
  for (const upload of uploads) upload.promise = upload.promise.catch(notArrived);
  const budget = { leftBytes: limits.maxRequestBytes, held };
  const forCatalogs = uploadsIn(mayWrite ? catalogVariables(operations as GraphQLRequest) : null);
  const received = [...forCatalogs].map(async (upload) => {
    const file = await upload.promise;
    const spooled = receive(file, limits.spool);
    catalogs.set(file, spooled);
    return await spooled;
  });
  for (const each of received) each.catch(() => {});
  catalogsOf.set(request, received);
  for (const upload of uploads) {
    if (forCatalogs.has(upload)) continue;
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

/**
 * A request may be answered while it still arrives, as an operation that is refused is. Node tells it nothing from then on of a client
 * that breaks off, and what reads it would wait for ever, with its file open.
 */
function endWithConnection(request: IncomingMessage): void {
  const { socket } = request;
  const end = () => request.destroy();
  socket.once("close", end);
  request.once("close", () => socket.off("close", end));
}

/** The catalogue of an upload, whole and on disk; it is the caller's now, and nobody else's. */
export async function takeCatalog(file: UploadedFile): Promise<Spooled> {
  const received = catalogs.get(file);
  if (!received) {
    const cure = "as a variable that one importCatalog names";
    throw badInput(`A catalogue must be sent by the GraphQL multipart request spec, ${cure}.`, ["file"]);
  }
  catalogs.delete(file);
  return await received;
}

/** To be called when a request is being answered: removes the catalogues that nothing took. */
export async function discardCatalogs(request: IncomingMessage, spool: Spool): Promise<void> {
  const left = await Promise.allSettled(catalogsOf.get(request) ?? []);
  for (const each of left) if (each.status === "fulfilled") await spool.discard(each.value);
}

/** What cannot be kept is still read to its end, because a stream that nobody reads stalls the request. */
async function receive(file: UploadedFile, spool: Spool): Promise<Spooled> {
  const chunks = chunksOf(file);
  try {
    return await spool.receive(file.filename, { [Symbol.asyncIterator]: () => ({ next: () => chunks.next() }) });
  } catch (error) {
    for (let next = await chunks.next(); !next.done; next = await chunks.next());
    throw error;
  }
}

/** The bytes of an uploaded file. Throws UPLOAD_TOO_LARGE for one that was over the limit: it is never cut silently. */
export async function readUpload(file: UploadedFile): Promise<Uint8Array> {
  const bytes = contents.get(file);
  if (!bytes) throw badInput("A picture must be sent by the GraphQL multipart request spec.");
  return await bytes;
}

async function readStream(file: UploadedFile, limits: UploadLimits, budget: { leftBytes: number; held: HeldShare }): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  let hasRoom = true;
  for await (const chunk of chunksOf(file)) {
    bytes += chunk.length;
    budget.leftBytes -= chunk.length;
    const isAllowed = bytes <= limits.maxFileBytes && budget.leftBytes >= 0;
    hasRoom &&= !isAllowed || budget.held.take(chunk.length);
    if (isAllowed && hasRoom) chunks.push(chunk);
    else chunks.length = 0;
  }
  if (bytes > limits.maxFileBytes) throw tooLarge(`The file ${JSON.stringify(file.filename)} is too large`, limits.maxFileBytes);
  if (budget.leftBytes < 0) throw tooLarge("The files of the request are too large together", limits.maxRequestBytes);
  if (!hasRoom) throw overloaded();
  return Buffer.concat(chunks);
}

/** The bytes of a file as they come. Throws BAD_USER_INPUT where the form ends in the midst of it. */
async function* chunksOf(file: UploadedFile): AsyncGenerator<Buffer> {
  try {
    yield* file.createReadStream();
  } catch (cause) {
    notArrived(cause);
  }
}

function notArrived(cause: unknown): never {
  const message = "The form ends before a file that its map names, or in the midst of it: send each file whole, under its name of the map.";
  throw new LikenessError("BAD_USER_INPUT", message, { cause });
}

/** The refusal of a form; the library has none for one that is empty, or that its parser cannot read. */
function refusal(error: Error & { status?: number }): Error {
  if (error.status && error.status < 500) return error;
  const message = "The form is empty or broken: send operations, map and files, as the GraphQL multipart request spec has them.";
  return new LikenessError("BAD_USER_INPUT", message, { cause: error });
}

function tooLarge(what: string, maxBytes: number): LikenessError {
  return new LikenessError("UPLOAD_TOO_LARGE", `${what}; at most ${maxBytes} bytes are allowed.`);
}

interface PendingUpload {
  promise: Promise<UploadedFile>;
}

/** No recursion: an operation may nest deeper than the stack goes, and is refused for that only later. */
function uploadsIn(operations: unknown): Set<PendingUpload> {
  const found = new Set<PendingUpload>();
  const open = [operations];
  while (open.length > 0) {
    const value = open.pop();
    if (typeof value !== "object" || value === null) continue;
    if (isPending(value)) found.add(value);
    else for (const each of Object.values(value)) open.push(each);
  }
  return found;
}

/** No JSON holds a promise. */
function isPending(value: unknown): value is PendingUpload {
  return typeof value === "object" && value !== null && "promise" in value && value.promise instanceof Promise;
}
