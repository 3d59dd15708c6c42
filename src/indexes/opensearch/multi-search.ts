import type { Client } from "@opensearch-project/opensearch";
import type { Outcome } from "../../domain/ports.js";
import type { IndexQuery } from "../../domain/search.js";
import { type SubSearch, toLines } from "./build-query.js";
import { ANSWER_MEMBERS, type RawAnswer } from "./parse-response.js";
import { isPartial, isTransientStatus, PartlyFailed, type Patience, RefusedByServer } from "./retry.js";

interface Planned {
  readonly query: IndexQuery;
  readonly searches: readonly SubSearch[];
}

/**
 * Sends the searches of all queries as one `_msearch`; answers, per query, those of its searches, or an Error. Queries
 * with an answer that failed in passing are sent again, these alone.
 */
export async function searchAll(
  client: Client,
  alias: string,
  planned: readonly Planned[],
  again: Patience,
): Promise<Outcome<RawAnswer[]>[]> {
  const answers: Outcome<RawAnswer[]>[] = planned.map(() => []);
  let pending = planned.flatMap(({ searches }, i) => (searches.length > 0 ? [i] : []));
  const attempt = async () => {
    if (pending.length === 0) return;
    const body = pending.flatMap((i) => toLines(alias, (planned[i] as Planned).query, (planned[i] as Planned).searches));
    const { body: answer } = await client.msearch({ body: body as never, filter_path: ANSWER_MEMBERS });
    const responses = (answer as unknown as { responses: RawAnswer[] }).responses;
    let next = 0;
    pending = pending.filter((i) => {
      const own = responses.slice(next, next + (planned[i] as Planned).searches.length);
      next += own.length;
      const failed = own.find(({ error }) => error);
      answers[i] = failed ? failure(failed) : own;
      // An alias never leads nowhere: the index was replaced while the search was under way.
      return failed && (isTransientStatus(failed.status) || failed.error?.type === "index_not_found_exception");
    });
    if (pending.length > 0) throw new PartlyFailed(`${pending.length} searches failed`);
  };
  await again(attempt).catch((error) => {
    if (!isPartial(error)) throw error;
  });
  // A copy: a request that is still under way when the time is over may be answered yet.
  return [...answers];
}

function failure({ status, error }: RawAnswer): Error {
  const message = `${status} ${error?.type}: ${error?.reason}`;
  return new Error("A search failed", { cause: status === 400 ? new RefusedByServer(message) : new Error(message) });
}
