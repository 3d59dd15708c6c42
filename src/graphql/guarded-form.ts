import type { IncomingMessage } from "node:http";
import type { Readable, Writable } from "node:stream";
import { asError, badInput, type LikenessError } from "../domain/errors.js";
import { type HeldShare, overloaded } from "./held-bytes.js";
import { checkDocument, checkJson } from "./request-size.js";
import { declaredVariables, type GraphQLRequest } from "./variables.js";

type FieldListener = (name: string, value: string, info: unknown) => void;
type FileListener = (name: string, file: Readable, info: unknown) => void;

interface GuardedForm {
  readonly request: IncomingMessage;
  /** What is wrong with a path of the map, once the library has refused the form; null where that is not why. */
  mistake(): LikenessError | null;
}

/**
 * The request for graphql-upload-minimal 1.6.4 to read, so that no form does harm to more than itself:
 * - The `map` is without paths that leave the operation's own members. The library follows inherited ones too: `{"0":
 *   ["hasOwnProperty.call"]}` would change that function for the whole process, and one far behind the end of a list would make it
 *   billions of items long. A path that is taken out becomes an empty one, which the library refuses with 400. So does one that two
 *   files have: the first would never be read. And so does one that is no variable's: GraphQL would pass the file over and answer
 *   what it was not asked.
 * - Files without a path are left out of the `map`, and a second file of a name is passed over. The library passes over
 *   what is not in the map, and waits for somebody to read the rest, so that nothing more would come over the connection.
 * - Fields whose JSON is too costly to parse, and documents that are too long to look for variables in, end the form with
 *   QUERY_TOO_COMPLEX, and those for which `held` has no room with OVERLOADED.
 * - Every error of the parser has a listener. A broken part gives two, the library listens to one, and the other would end
 *   the process.
 */
export function guardedForm(request: IncomingMessage, held: HeldShare): GuardedForm {
  let mistake: LikenessError | null = null;
  const refuse = (message: string) => {
    mistake = badInput(message);
  };
  const read = {
    headers: request.headers,
    pipe: (parser: Writable) => {
      parser.on("error", () => {});
      guardMap(parser, held, refuse);
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
  return { request: read as unknown as IncomingMessage, mistake: () => mistake };
}

/** Variables that a message names. */
const MAX_SHOWN = 10;

type Refuse = (message: string) => void;

/** Stands before the library's own listener to the fields of the form. */
function guardMap(parser: Writable, held: HeldShare, refuse: Refuse): void {
  const [libraryReads] = parser.listeners("field") as [FieldListener];
  let operations: unknown = null;
  parser.removeAllListeners("field");
  parser.on("field", (name: string, value: string, info: unknown) => {
    try {
      if (!held.take(value.length)) throw overloaded();
      checkJson(Buffer.from(value));
      if (name === "operations") {
        operations = fromJson(value);
        checkDocument(operations);
      }
    } catch (error) {
      parser.emit("error", asError(error));
      return;
    }
    libraryReads(name, name === "map" ? JSON.stringify(goodPathsOf(fromJson(value), operations, refuse)) : value, info);
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

function goodPathsOf(map: unknown, operations: unknown, refuse: Refuse): unknown {
  if (typeof map !== "object" || map === null || Array.isArray(map)) return map;
  const taken = new Set<string>();
  const variables = declaredVariables(operations as GraphQLRequest | null);
  // One is enough for the library to refuse the form, and a map may hold very many.
  let refused = false;
  const good = (file: string, path: unknown) => {
    if (typeof path !== "string") return path;
    if (refused) return "";
    const wrong = taken.has(path) ? "another file has that path" : whyWrong(path, operations, variables);
    taken.add(path);
    if (wrong === null) return path;
    refused = true;
    refuse(`The form's 'map' puts file ${show(file)} at ${show(path)}, but ${wrong}.`);
    return "";
  };
  const wanted = Object.entries(map).filter(([, paths]) => !Array.isArray(paths) || paths.length > 0);
  return Object.fromEntries(wanted.map(([file, paths]) => [file, Array.isArray(paths) ? paths.map((path) => good(file, path)) : paths]));
}

/** Why a file cannot be put there; null where it can. Which `variables` there are is null for what is no operation. */
function whyWrong(path: string, operations: unknown, variables: ReadonlySet<string> | null): string | null {
  const names = path.split(".");
  if (variables && !(names[0] === "variables" && variables.has(names[1] ?? ""))) {
    const allowed = [...variables].slice(0, MAX_SHOWN).map((name) => show(`variables.${name}`));
    return allowed.length > 0 ? `a file goes to a variable of the operation: ${allowed.join(", ")}` : "the operation has no variables";
  }
  let at = operations;
  for (const [i, name] of names.entries()) {
    if (typeof at !== "object" || at === null) return `${i > 0 ? show(names.slice(0, i).join(".")) : "operations"} is no object or list`;
    const isLast = i === names.length - 1;
    if (!Object.hasOwn(at, name) && !(isLast && !Array.isArray(at))) return `operations has no ${show(names.slice(0, i + 1).join("."))}`;
    if (isLast) return null;
    at = (at as Record<string, unknown>)[name];
  }
  return null;
}

function show(text: string): string {
  return JSON.stringify(text.slice(0, 80));
}

/** Null for what is no JSON: the library says so, or misses the field. */
function fromJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
