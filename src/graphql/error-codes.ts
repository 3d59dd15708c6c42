import type { ApolloServerPlugin } from "@apollo/server";
import { GraphQLError } from "graphql";
import type { Context } from "./context.js";

/** Tells the code of each error that an answer holds, if somebody still waits for it. */
export function errorCodes(told: (code: string) => void): ApolloServerPlugin<Context> {
  return {
    // One that is no operation: a list of several, or what fails the CSRF check.
    async invalidRequestWasReceived({ error }) {
      if (error instanceof GraphQLError) told(String(error.extensions["code"]));
    },
    async requestDidStart() {
      return {
        async willSendResponse({ response: { body }, contextValue: { signal } }) {
          if (body.kind !== "single" || signal.aborted) return;
          for (const { extensions } of body.singleResult.errors ?? []) told(String(extensions?.["code"]));
        },
      };
    },
  };
}
