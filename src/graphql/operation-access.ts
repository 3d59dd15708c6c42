import type { ApolloServerPlugin } from "@apollo/server";
import { GraphQLError } from "graphql";
import { checkAccess } from "../domain/access.js";
import { LikenessError } from "../domain/errors.js";
import type { Context } from "./context.js";

/** Refuses a whole operation that its caller may not run: a mutation needs a key to write, all else one to read where such are set. */
export const operationAccess: ApolloServerPlugin<Context> = {
  async requestDidStart() {
    return {
      async didResolveOperation({ operation, contextValue }) {
        try {
          checkAccess(contextValue.access, operation?.operation === "mutation" ? "write" : "read");
        } catch (error) {
          if (!(error instanceof LikenessError)) throw error;
          const { code, message } = error;
          throw new GraphQLError(message, { extensions: { code, http: { status: code === "FORBIDDEN" ? 403 : 401 } } });
        }
      },
    };
  },
};
