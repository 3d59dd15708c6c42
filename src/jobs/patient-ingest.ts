import { ExponentialBackoff, handleWhenResult, retry } from "cockatiel";
import { isPassing, LikenessError } from "../domain/errors.js";
import type { IngestProducts, IngestResult } from "../ingest/ingest-products.js";
import type { ProductDraft } from "../ingest/product-draft.js";

/** Pauses of 0.5 to 30 s, about three minutes in all: a node that restarts is back by then. */
const PAUSES = { maxAttempts: 10, backoff: new ExponentialBackoff({ initialDelay: 500, maxDelay: 30_000 }) };

type Ingest = Pick<IngestProducts, "ingest">;

/**
 * Ingests products again whose index, encoder or store of pictures was not there, with growing pauses. Throws when not one product of a call could
 * be taken for that reason: going on would only turn every row that is left into an error. Throws too when `signal` is aborted before all were
 * answered for.
 */
export function patientIngest(products: Ingest, signal: AbortSignal): Ingest {
  const again = retry(
    handleWhenResult((results) => (results as IngestResult[]).some(hasPassed)),
    PAUSES,
  );
  return {
    async ingest(drafts) {
      const results: IngestResult[] = [];
      let open = drafts.map((_, i) => i);
      const attempt = async (): Promise<IngestResult[]> => {
        const answers = await products.ingest(open.map((i) => drafts[i] as ProductDraft));
        answers.forEach((answer, i) => {
          results[open[i] as number] = answer;
        });
        open = open.filter((i) => hasPassed(results[i] as IngestResult));
        return answers;
      };
      await again.execute(attempt, signal);
      // A stop ends the pauses early. What is still open then was not refused: whoever goes on with the job tries it again.
      if (signal.aborted && open.length > 0) throw new Error("The import was stopped before its index or encoder was back.");
      const [first] = open;
      const error = first === undefined ? null : results[first]?.error;
      if (error && results.every((result) => result.error !== null)) throw new LikenessError(error.code, error.message);
      return results;
    },
  };
}

function hasPassed({ error }: IngestResult): boolean {
  return error !== null && isPassing(error.code);
}
