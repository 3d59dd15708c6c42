import type { errors } from "@opensearch-project/opensearch";
import { LikenessError } from "../../domain/errors.js";
import { isDenied } from "./retry.js";

/** What callers hear of a failure of the server: what failed, and the cure as far as the server's answer tells it. */
export function unavailable(what: string, error: unknown): LikenessError {
  const cure = isDenied(error) ? whyDenied(error) : "try again";
  return new LikenessError("INDEX_UNAVAILABLE", `${what}: ${cure}, and see the server's log.`, { cause: error });
}

/** What a caller whom the server denied a request can do. */
export function whyDenied({ statusCode }: errors.ResponseError): string {
  return `OpenSearch answered ${statusCode}: check LIKENESS_OPENSEARCH_AUTH and what the user or role may do`;
}
