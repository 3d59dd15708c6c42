import type { IncomingMessage } from "node:http";
import type { Writable } from "node:stream";

type FieldListener = (name: string, value: string, info: unknown) => void;

/**
 * The request for graphql-upload-minimal 1.6.4 to read, its `map` without paths that leave the operation's own members. The
 * library follows inherited ones too: `{"0": ["hasOwnProperty.call"]}` would change that function for the whole process. A
 * path that is taken out becomes an empty one, which the library refuses with 400.
 */
export function withOwnPaths(request: IncomingMessage): IncomingMessage {
  const read = {
    headers: request.headers,
    pipe: (parser: Writable) => {
      guard(parser);
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
function guard(parser: Writable): void {
  const [libraryReads] = parser.listeners("field") as [FieldListener];
  let operations: unknown = null;
  parser.removeAllListeners("field");
  parser.on("field", (name: string, value: string, info: unknown) => {
    if (name === "operations") operations = fromJson(value);
    libraryReads(name, name === "map" ? JSON.stringify(ownPathsOf(fromJson(value), operations)) : value, info);
  });
}

function ownPathsOf(map: unknown, operations: unknown): unknown {
  if (typeof map !== "object" || map === null || Array.isArray(map)) return map;
  const own = (path: unknown) => (typeof path === "string" && !isOwn(operations, path) ? "" : path);
  return Object.fromEntries(Object.entries(map).map(([file, paths]) => [file, Array.isArray(paths) ? paths.map(own) : paths]));
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
