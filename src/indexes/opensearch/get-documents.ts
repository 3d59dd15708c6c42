import type { Client } from "@opensearch-project/opensearch";
import { LikenessError } from "../../domain/errors.js";
import type { Outcome } from "../../domain/ports.js";
import type { StoredProduct } from "../../domain/product.js";
import { documentId, type RawDocument } from "./document.js";
import { isPartial, PartlyFailed, type Patience } from "./retry.js";
import type { Target } from "./target.js";

type Answer = RawDocument & { readonly found?: boolean; readonly error?: { readonly reason?: string } };

/**
 * Products whole, their embeddings if asked for; written ones at once, without a refresh. Those that cannot be read now, as
 * while another index takes over or a node is gone, are asked for again, these alone.
 */
export async function getDocuments(
  client: Client,
  alias: string,
  ids: readonly string[],
  { target, withEmbeddings, again }: { target: Target; withEmbeddings: boolean; again: Patience },
): Promise<Outcome<StoredProduct | null>[]> {
  const members = target.read(withEmbeddings);
  const outcomes: Outcome<StoredProduct | null>[] = new Array(ids.length);
  let pending = ids.map((id, position) => ({ id, position }));
  const attempt = async () => {
    const docs = pending.map(({ id }) => ({ _id: documentId(id), ...members }));
    const { body } = await client.mget({ index: alias, body: { docs } as never });
    const answers = body.docs as readonly Answer[];
    pending = pending.filter(({ position }, i) => {
      const outcome = outcomeOf(answers[i] as Answer, target);
      outcomes[position] = outcome;
      return outcome instanceof Error;
    });
    if (pending.length > 0) throw new PartlyFailed(`${pending.length} products could not be read`);
  };
  await again(attempt).catch((error) => {
    if (!isPartial(error)) throw error;
  });
  // A copy: a request that is still under way when the time is over may be answered yet.
  return [...outcomes];
}

function outcomeOf(answer: Answer, target: Target): Outcome<StoredProduct | null> {
  if (answer.error) return new LikenessError("INDEX_UNAVAILABLE", `The product could not be read: ${answer.error.reason}. Try again.`);
  return answer.found ? target.toStored(answer) : null;
}
