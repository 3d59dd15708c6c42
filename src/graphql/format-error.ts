import type { ApolloServerPlugin } from "@apollo/server";
import { unwrapResolverError } from "@apollo/server/errors";
import { GraphQLError, type GraphQLFormattedError } from "graphql";
import { LikenessError } from "../domain/errors.js";
import type { Logger } from "../log.js";
import type { Context } from "./context.js";

/** The ids of the requests that errors came up in: whoever formats an error is not told of its request. */
const requestIds = new WeakMap<object, string>();

/** Says which request errors came up in, for the log. */
export function setRequestId(errors: readonly object[], requestId: string): void {
  for (const error of errors) requestIds.set(error, requestId);
}

export const errorRequests: ApolloServerPlugin<Context> = {
  async requestDidStart({ contextValue }) {
    return { didEncounterErrors: async ({ errors }) => setRequestId(errors, contextValue.requestId) };
  },
};

/** Of a message: it may quote a wrong value whole, however long it is. */
const MAX_MESSAGE_CHARS = 2_000;

/**
 * What a client sees of an error. Ours keep message and code; GraphQL's own (syntax, validation, coercion) keep theirs;
 * anything else is a bug or a leak in waiting: it is logged whole and masked.
 */
export function createFormatError(log: Logger): (formatted: GraphQLFormattedError, error: unknown) => GraphQLFormattedError {
  return (formatted, error) => {
    const refused = error instanceof GraphQLError && error.originalError instanceof LikenessError;
    const original = refused ? error.originalError : unwrapResolverError(error);
    const { locations, path } = formatted;
    if (original instanceof LikenessError) {
      const { code, message } = original;
      // Index, encoder and pictures tell the log themselves of what fails in them; the disk and the bucket of imports have none.
      if (code === "IMPORTS_UNAVAILABLE") {
        log.error({ err: original, path, requestId: requestIds.get(error as object) }, "imports could not be read or kept");
      }
      const field = original.options.field;
      return { message: shortened(message), locations, path, extensions: field ? { code, field } : { code } };
    }
    // GraphQL and Apollo Server speak of a request that they do not run, of persisted queries and wrong variables, and give it no code.
    const isRefusal = error instanceof GraphQLError && !error.path && !error.originalError;
    const code = isRefusal && !error.extensions["code"] ? "BAD_USER_INPUT" : formatted.extensions?.code;
    if (code !== "INTERNAL_SERVER_ERROR") return { message: shortened(formatted.message), locations, path, extensions: { code } };
    log.error({ err: original, path, requestId: requestIds.get(error as object) }, "unexpected error in a GraphQL operation");
    return { message: "Internal server error; the log has its cause.", locations, path, extensions: { code: "INTERNAL_SERVER_ERROR" } };
  };
}

function shortened(message: string): string {
  return message.length <= MAX_MESSAGE_CHARS ? message : `${message.slice(0, MAX_MESSAGE_CHARS)}…`;
}
