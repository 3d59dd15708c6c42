import type { IncomingMessage } from "node:http";
import type { Readable, Writable } from "node:stream";
import type { DocumentNode } from "graphql";
import { asError, badInput, type LikenessError } from "../domain/errors.js";
import { jsonOrNull } from "../domain/json-or-null.js";
import { type HeldShare, overloaded } from "./held-bytes.js";
import { checkDocument, checkJson } from "./request-size.js";
import { declaredVariables, documentOf, type GraphQLRequest } from "./variables.js";

type FieldListener = (name: string, value: string, info: unknown) => void;
type FileListener = (name: string, file: Readable, info: unknown) => void;

/** Variables that a message names. */
const MAX_SHOWN = 10;

/**
 * A form, whose `request` is for graphql-upload-minimal 1.6.4 to read, so that no form does harm to more than itself:
 * - A wrong path of the `map` becomes an empty one, which the library refuses with 400. Wrong is a path that:
 *   - leaves the operation's own members. The library follows inherited ones too: `{"0": ["hasOwnProperty.call"]}` would change that
 *     function for the whole process. A path far behind the end of a list would make the list billions of items long.
 *   - two files have. The first file would never be read.
 *   - is no variable's. GraphQL would pass the file over and answer what it was not asked.
 * - Files without a path are left out of the `map`, and a second file of a name is passed over. The library passes over what is not
 *   in the map. For what is in it, it waits until somebody reads it, and nothing more would come over the connection.
 * - A field ends the form with QUERY_TOO_COMPLEX where its JSON is too costly to parse, or its document too long to look for
 *   variables in. It ends the form with OVERLOADED where `held` has no room for it.
 * - Every error of the parser has a listener. A broken part gives two errors. The library listens to one, and the other would end the
 *   process.
 */
export class GuardedForm {
  readonly request: IncomingMessage;
  /** As `documentOf` gives it, once the library has read the operation. */
  document: DocumentNode | null = null;
  /** What is wrong with a path of the map, once the library has refused the form; null where that is not why. */
  mistake: LikenessError | null = null;
  private operations: unknown = null;

  constructor(
    request: IncomingMessage,
    private readonly held: HeldShare,
  ) {
    const read = {
      headers: request.headers,
      pipe: (parser: Writable) => {
        parser.on("error", () => {});
        this.guardFields(parser);
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
    this.request = read as unknown as IncomingMessage;
  }

  /** Stands before the library's own listener to the fields of the form. */
  private guardFields(parser: Writable): void {
    const [libraryReads] = parser.listeners("field") as [FieldListener];
    parser.removeAllListeners("field");
    parser.on("field", (name: string, value: string, info: unknown) => {
      try {
        if (!this.held.take(value.length)) throw overloaded();
        checkJson(Buffer.from(value));
        if (name === "operations") {
          this.operations = jsonOrNull(value);
          checkDocument(this.operations);
          this.document = documentOf(this.operations as GraphQLRequest | null);
        }
      } catch (error) {
        parser.emit("error", asError(error));
        return;
      }
      // Null for what is no JSON: the library says so, or misses the field.
      libraryReads(name, name === "map" ? JSON.stringify(this.goodPathsOf(jsonOrNull(value))) : value, info);
    });
  }

  private goodPathsOf(map: unknown): unknown {
    if (typeof map !== "object" || map === null || Array.isArray(map)) return map;
    // There are no operations yet, or none that are JSON: the library says so, and puts no file anywhere.
    if (this.operations === null) return map;
    const taken = new Set<string>();
    const variables = this.document && declaredVariables(this.document);
    const good = (file: string, path: unknown) => {
      if (typeof path !== "string") return path;
      // One mistake is enough for the library to refuse the form, and a map may hold very many.
      if (this.mistake) return "";
      const wrong = taken.has(path) ? "another file has that path" : whyWrong(path, this.operations, variables);
      taken.add(path);
      if (wrong === null) return path;
      this.mistake = badInput(`The form's 'map' puts file ${show(file)} at ${show(path)}, but ${wrong}.`);
      return "";
    };
    const wanted = Object.entries(map).filter(([, paths]) => !Array.isArray(paths) || paths.length > 0);
    return Object.fromEntries(wanted.map(([file, paths]) => [file, Array.isArray(paths) ? paths.map((path) => good(file, path)) : paths]));
  }
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
