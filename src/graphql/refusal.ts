import { GraphQLError } from "graphql";
import type { ErrorCode } from "../domain/errors.js";

/** Apollo Server takes anything but a GraphQLError thrown before an operation runs for a bug of its own, and answers 500 unless told. */
export function refusal(code: ErrorCode, message: string, nodes?: GraphQLError["nodes"]): GraphQLError {
  return new GraphQLError(message, { nodes, extensions: { code, http: { status: 400 } } });
}
