import type { IncomingMessage } from "node:http";
import type { Readable, Writable } from "node:stream";

type FieldListener = (name: string, value: string, info: unknown) => void;
type FileListener = (name: string, file: Readable, info: unknown) => void;

/**
 * The request for graphql-upload-minimal 1.6.4 to read, so that no form does harm to more than itself:
 * - The `map` is without paths that leave the operation's own members. The library follows inherited ones too: `{"0":
 *   ["hasOwnProperty.call"]}` would change that function for the whole process. A path that is taken out becomes an empty
 *   one, which the library refuses with 400. So does one that two files have: the first would never be read.
 * - Files without a path are left out of the `map`, and a second file of a name is passed over. The library passes over
 *   what is not in the map, and waits for somebody to read the rest, so that nothing more would come over the connection.
 * - Every error of the parser has a listener. A broken part gives two, the library listens to one, and the other would end
 *   the process.
 */
export function guardedForm(request: IncomingMessage): IncomingMessage {
  const read = {
    headers: request.headers,
    pipe: (parser: Writable) => {
      parser.on("error", () => {});
      guardMap(parser);
      guardFiles(parser);
      return request.pipe(parser);
    },
    unpipe: (parser: Writable) => request.unpipe(parser),
    once: (event: string, listener: () => void) => request.once(event, listener),
    resume: () => request.resume(),
    get readableEnded() {
      return request.readableEnded;
    },
  };
  return read as unknown as IncomingMessage;
}

/** Stands before the library's own listener to the fields of the form. */
function guardMap(parser: Writable): void {
  const [libraryReads] = parser.listeners("field") as [FieldListener];
  let operations: unknown = null;
  parser.removeAllListeners("field");
  parser.on("field", (name: string, value: string, info: unknown) => {
    if (name === "operations") operations = fromJson(value);
    libraryReads(name, name === "map" ? JSON.stringify(ownPathsOf(fromJson(value), operations)) : value, info);
  });
}

function guardFiles(parser: Writable): void {
  const [libraryReads] = parser.listeners("file") as [FileListener];
  const seen = new Set<string>();
  parser.removeAllListeners("file");
  parser.on("file", (name: string, file: Readable, info: unknown) => {
    if (seen.has(name)) return file.on("error", () => {}).resume();
    seen.add(name);
    return libraryReads(name, file, info);
  });
}

function ownPathsOf(map: unknown, operations: unknown): unknown {
  if (typeof map !== "object" || map === null || Array.isArray(map)) return map;
  const taken = new Set<string>();
  const own = (path: unknown) => {
    if (typeof path !== "string") return path;
    if (taken.has(path) || !isOwn(operations, path)) return "";
    taken.add(path);
    return path;
  };
  const wanted = Object.entries(map).filter(([, paths]) => !Array.isArray(paths) || paths.length > 0);
  return Object.fromEntries(wanted.map(([file, paths]) => [file, Array.isArray(paths) ? paths.map(own) : paths]));
}

function isOwn(operations: unknown, path: string): boolean {
  let at = operations;
  for (const name of path.split(".").slice(0, -1)) {
    if (typeof at !== "object" || at === null || !Object.hasOwn(at, name)) return false;
    at = (at as Record<string, unknown>)[name];
  }
  return typeof at === "object" && at !== null;
}

/** Null for what is no JSON: the library says so, or misses the field. */
function fromJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
