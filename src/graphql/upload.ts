import type { IncomingMessage } from "node:http";
import { GraphQLError, GraphQLScalarType } from "graphql";
import { GraphQLUpload as LibraryUpload, processRequest } from "graphql-upload-minimal";
import type { Access } from "../domain/access.js";
import { badInput, LikenessError } from "../domain/errors.js";
import type { Spool, Spooled } from "../jobs/spool.js";
import { GuardedForm } from "./guarded-form.js";
import type { HeldShare } from "./held-bytes.js";
import { type FileLimits, notArrived, readFile, spoolFile, type UploadedFile } from "./uploaded-file.js";
import { catalogVariables, type GraphQLRequest } from "./variables.js";

export interface UploadLimits extends FileLimits {
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
 * Parses a GraphQL multipart request (jaydenseric/graphql-multipart-request-spec) into the operation it carries. Every file is read as it
 * arrives, wanted or not, because a stream that nobody reads stalls the request. A catalogue goes to disk whole, where the caller may
 * import one; all else is held in memory, which is taken from `held`. Throws BAD_USER_INPUT, or the library's error with its status, for
 * what is no such request, and QUERY_TOO_COMPLEX.
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
  const form = new GuardedForm(request, held);
  const operations = await processRequest(form.request, undefined as never, options).catch((error) => {
    throw error instanceof LikenessError ? error : (form.mistake ?? refusal(error));
  });
  const uploads = uploadsIn(operations);
  for (const upload of uploads) upload.promise = upload.promise.catch(notArrived);
  const budget = { ...limits, leftBytes: limits.maxRequestBytes, held };
  const forCatalogs = uploadsIn(mayWrite ? catalogVariables(form.document, operations as GraphQLRequest) : null);
  const received = [...forCatalogs].map(async (upload) => {
    const file = await upload.promise;
    const spooled = spoolFile(file, limits.spool);
    catalogs.set(file, spooled);
    return await spooled;
  });
  for (const each of received) each.catch(() => {});
  catalogsOf.set(request, received);
  for (const upload of uploads) {
    if (forCatalogs.has(upload)) continue;
    upload.promise.then(
      (file) => {
        const read = readFile(file, budget);
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

/** The bytes of an uploaded file. Throws UPLOAD_TOO_LARGE for one that was over the limit: it is never cut silently. */
export async function readUpload(file: UploadedFile): Promise<Uint8Array> {
  const bytes = contents.get(file);
  if (!bytes) throw badInput("A picture must be sent by the GraphQL multipart request spec.");
  return await bytes;
}

/** The refusal of a form; the library has none for one that is empty, or that its parser cannot read. */
function refusal(error: Error & { status?: number }): Error {
  if (error.status && error.status < 500) return error;
  const message = "The form is empty or broken: send operations, map and files, as the GraphQL multipart request spec has them.";
  return new LikenessError("BAD_USER_INPUT", message, { cause: error });
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
