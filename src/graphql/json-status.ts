import type { ApolloServerPlugin } from "@apollo/server";

/**
 * GraphQL over HTTP wants 200 for a request that is well formed but fails before it runs when the client accepts only
 * `application/json` (graphql/graphql-over-http, "application/json"); Apollo Server answers 400 there.
 */
export const jsonStatus: ApolloServerPlugin = {
  async requestDidStart() {
    return {
      async willSendResponse({ request, response, document }) {
        const accept = request.http?.headers.get("accept") ?? "";
        const legacy = !accept.includes("application/graphql-response+json");
        const parsed = document !== undefined || request.query !== undefined;
        if (legacy && parsed && response.http.status === 400 && response.body.kind === "single") response.http.status = 200;
      },
    };
  },
};
