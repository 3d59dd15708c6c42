import type { ApolloServerPlugin } from "@apollo/server";
import { GraphQLError } from "graphql";

/** Tells the code of each error that an answer holds. */
export function errorCodes(told: (code: string) => void): ApolloServerPlugin {
  return {
    // One that is no operation: a list of several, or what fails the CSRF check.
    async invalidRequestWasReceived({ error }) {
      if (error instanceof GraphQLError) told(String(error.extensions["code"]));
    },
    async requestDidStart() {
      return {
        async willSendResponse({ response: { body } }) {
          if (body.kind !== "single") return;
          for (const { extensions } of body.singleResult.errors ?? []) told(String(extensions?.["code"]));
        },
      };
    },
  };
}
