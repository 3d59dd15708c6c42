import type { errors } from "@opensearch-project/opensearch";
import { LikenessError } from "../../domain/errors.js";
import { blockReason, GaveUp, isDenied } from "./retry.js";

/** What callers hear of a failure of the server: what failed, and the cure as far as the server's answer tells it. */
export function unavailable(what: string, error: unknown): LikenessError {
  const cure = isDenied(error) ? whyDenied(error) : (whyBlocked(error) ?? "try again");
  return new LikenessError("INDEX_UNAVAILABLE", `${what}: ${cure}, and see the server's log.`, { cause: error });
}

/** What a caller whom the server denied a request can do. */
export function whyDenied({ statusCode }: errors.ResponseError): string {
  return `OpenSearch answered ${statusCode}: check LIKENESS_OPENSEARCH_AUTH and what the user or role may do`;
}

/** What an operator can do about a block that a request met to its end; null where it met none. */
export function whyBlocked(error: unknown): string | null {
  const reason = blockReason(error instanceof GaveUp ? error.cause : error);
  return reason && `OpenSearch is blocked (${reason.replace(/;$/, "")}): free its disk, or lift the block`;
}
