import type { ApolloServerPlugin } from "@apollo/server";
import { GraphQLError } from "graphql";
import type { Context } from "./context.js";

/** Tells caller and `told` the code of each error that an answer holds, if somebody still waits for it. */
export function errorCodes(told: ((code: string) => void) | null): ApolloServerPlugin<Context> {
  return {
    // One that is no operation: a list of several, or what fails the CSRF check.
    async invalidRequestWasReceived({ error }) {
      if (error instanceof GraphQLError) told?.(String(error.extensions["code"]));
    },
    async requestDidStart() {
      return {
        async willSendResponse({ response: { body }, contextValue: { signal, errorCodes } }) {
          if (body.kind !== "single" || signal.aborted) return;
          for (const { extensions } of body.singleResult.errors ?? []) {
            const code = String(extensions?.["code"]);
            errorCodes.push(code);
            told?.(code);
          }
        },
      };
    },
  };
}
