import { hash } from "node:crypto";
import { Arg, Ctx, ID, Mutation, Resolver } from "type-graphql";
import { asError, isPassing, orThrow } from "../../domain/errors.js";
import { MAX_PRODUCTS } from "../../ingest/ingest-products.js";
import type { Context } from "../context.js";
import { checkIdempotencyKey } from "../idempotent-calls.js";
import { checkArgumentLength } from "../list-limits.js";
import { DeleteProductsPayload, IngestProductsPayload, ProductInput, toDraft, toIngestPayload } from "../types/ingest-types.js";
import { readUpload } from "../upload.js";
import type { UploadedFile } from "../uploaded-file.js";

@Resolver()
export class IngestResolver {
  @Mutation(() => IngestProductsPayload, {
    description: `Adds or replaces up to ${MAX_PRODUCTS} products. One bad product never fails the others: see results and userErrors.`,
  })
  async ingestProducts(
    @Arg("products", () => [ProductInput]) products: ProductInput[],
    @Arg("idempotencyKey", () => String, { nullable: true, description: "A call with a key seen before gets the first answer again." })
    idempotencyKey: string | null,
    @Ctx() { services, signal, requestId }: Context,
  ): Promise<IngestProductsPayload> {
    checkIdempotencyKey(idempotencyKey);
    const ingest = async () => toIngestPayload(await services.ingest.ingest(products.map(toDraft), { signal, requestId }));
    return await services.idempotent.once(idempotencyKey, () => withContents(products), ingest, isFinal);
  }

  @Mutation(() => DeleteProductsPayload, { description: "Removes up to 1,000 products. An id of which there is no product is no error." })
  async deleteProducts(@Arg("ids", () => [ID]) ids: string[], @Ctx() { services }: Context): Promise<DeleteProductsPayload> {
    checkArgumentLength("ids", ids, MAX_PRODUCTS);
    const distinct = [...new Set(ids)];
    const deleted = (await services.index.delete(distinct)).map(orThrow);
    return { deletedIds: distinct.filter((_, i) => deleted[i]), notFoundIds: distinct.filter((_, i) => !deleted[i]) };
  }
}

/** Whether no product failed by what may pass: whoever is told to try again must not get the same failure for a day. */
function isFinal({ userErrors }: IngestProductsPayload): boolean {
  return !userErrors.some(({ code }) => isPassing(code) || code === "TIMEOUT");
}

/** The products with what is in their uploads, so that one with another picture is another product. */
async function withContents(products: readonly ProductInput[]): Promise<unknown> {
  const contentsOf = async (product: ProductInput) => ({
    ...product,
    image: product.image && (await contentOf(product.image)),
    moreImages: product.moreImages && (await Promise.all(product.moreImages.map(contentOf))),
  });
  return await Promise.all(products.map(contentsOf));
}

/** The SHA-256 of an upload, or what is wrong with it: it fails its own product alone, when that is ingested. */
async function contentOf(upload: Promise<UploadedFile>): Promise<string> {
  try {
    return hash("sha256", await readUpload(await upload), "base64");
  } catch (error) {
    return asError(error).message;
  }
}
