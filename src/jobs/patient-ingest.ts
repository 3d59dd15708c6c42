import { ExponentialBackoff, type IBackoff } from "cockatiel";
import { isPassing, LikenessError } from "../domain/errors.js";
import type { IngestProducts, IngestResult } from "../ingest/ingest-products.js";
import type { ProductDraft } from "../ingest/product-draft.js";

/** Pauses of 0.5 to 30 s, about three minutes in all: a node that restarts is back by then. */
const PAUSES = { most: 10, backoff: new ExponentialBackoff({ initialDelay: 500, maxDelay: 30_000 }) };

type Ingest = Pick<IngestProducts, "ingest">;

/**
 * Ingests products again whose index, encoder or store of pictures was not there, with growing pauses. Throws when not one product of a call could
 * be taken for that reason: going on would only turn every row that is left into an error. Throws too when `signal` is aborted before all were
 * answered for.
 */
export function patientIngest(products: Ingest, signal: AbortSignal): Ingest {
  return {
    async ingest(drafts) {
      const results: IngestResult[] = [];
      let open = drafts.map((_, i) => i);
      let before: IBackoff<unknown> | null = null;
      for (let pauses = 0; ; pauses++) {
        const answers = await products.ingest(open.map((i) => drafts[i] as ProductDraft));
        answers.forEach((answer, i) => {
          results[open[i] as number] = answer;
        });
        open = open.filter((i) => hasPassed(results[i] as IngestResult));
        if (open.length === 0 || pauses === PAUSES.most) break;
        before = (before ?? PAUSES.backoff).next(null);
        await pause(before.duration, signal);
        if (signal.aborted) break;
      }
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

/** Until the time is over or the signal is aborted. */
async function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener("abort", end);
  });
}
