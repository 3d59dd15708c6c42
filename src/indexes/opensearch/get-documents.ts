import type { Client } from "@opensearch-project/opensearch";
import { LikenessError } from "../../domain/errors.js";
import type { Outcome } from "../../domain/ports.js";
import type { StoredProduct } from "../../domain/product.js";
import { documentId, type RawDocument } from "./document.js";
import type { Target } from "./target.js";

type Answer = RawDocument & { readonly found?: boolean; readonly error?: { readonly reason?: string } };

/** Products whole, their embeddings if asked for; written ones at once, without a refresh. */
export async function getDocuments(
  client: Client,
  alias: string,
  ids: readonly string[],
  target: Target,
  withEmbeddings: boolean,
): Promise<Outcome<StoredProduct | null>[]> {
  const members = target.read(withEmbeddings);
  const docs = ids.map((id) => ({ _id: documentId(id), ...members }));
  const { body } = await client.mget({ index: alias, body: { docs } as never });
  return (body.docs as readonly Answer[]).map((answer) => {
    if (answer.error) return new LikenessError("INDEX_UNAVAILABLE", `The product could not be read: ${answer.error.reason}. Try again.`);
    return answer.found ? target.toStored(answer) : null;
  });
}
