import type { ApolloServerPlugin } from "@apollo/server";

/** Tells the code of each error that an answer holds. */
export function errorCodes(told: (code: string) => void): ApolloServerPlugin {
  return {
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
