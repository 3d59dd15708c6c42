import { GraphQLURL } from "graphql-scalars";
import { Field, Float, ID, InputType, Int, ObjectType, registerEnumType } from "type-graphql";
import type { IngestError, IngestResult, IngestStatus } from "../../ingest/ingest-products.js";
import type { PictureSource, ProductDraft } from "../../ingest/product-draft.js";
import { GraphQLUpload, readUpload } from "../upload.js";
import type { UploadedFile } from "../uploaded-file.js";
import { ProductType } from "./product-type.js";

const IngestStatusEnum = { CREATED: "CREATED", UPDATED: "UPDATED", UNCHANGED: "UNCHANGED", FAILED: "FAILED" } as const;
registerEnumType(IngestStatusEnum, {
  name: "IngestStatus",
  valuesConfig: {
    CREATED: { description: "A new product was written." },
    UPDATED: { description: "A product that was there was replaced." },
    UNCHANGED: { description: "It is stored already, just as it was given: nothing was encoded or written." },
    FAILED: { description: "It was not ingested: see error." },
  },
});

@InputType()
export class MoneyInput {
  @Field(() => Float, { description: "In the main unit of the currency: 24.9 is 24 euros 90, not cents. 0 or more." })
  readonly amount!: number;

  @Field(() => String, { description: "ISO 4217 code, such as EUR." })
  readonly currency!: string;
}

@InputType()
export class AttributeInput {
  @Field(() => String, { description: "Such as color; a name may come several times." })
  readonly name!: string;

  @Field(() => String, { description: "Such as red." })
  readonly value!: string;
}

@InputType({ description: "A product has a title, a picture (image, imageUrl or imageBase64), an embedding, or several of these." })
export class ProductInput {
  @Field(() => ID, { description: "The catalogue's own id, up to 512 characters; a product that has it is replaced." })
  readonly id!: string;

  @Field(() => String, { nullable: true, description: "Up to 2,000 characters." })
  readonly title?: string | null;

  @Field(() => String, { nullable: true, description: "Plain text, up to 50,000 characters." })
  readonly description?: string | null;

  @Field(() => [String], { nullable: true, description: "Paths such as Kitchen/Kettles, which is in Kitchen too. Up to 200." })
  readonly categories?: readonly string[] | null;

  @Field(() => String, { nullable: true })
  readonly brand?: string | null;

  @Field(() => MoneyInput, { nullable: true })
  readonly price?: MoneyInput | null;

  @Field(() => Boolean, { nullable: true })
  readonly inStock?: boolean | null;

  @Field(() => GraphQLURL, { nullable: true, description: "The product's page, http or https." })
  readonly url?: URL | null;

  @Field(() => GraphQLUpload, { nullable: true, description: "The main picture: JPEG, PNG, WebP, AVIF or GIF." })
  readonly image?: Promise<UploadedFile> | null;

  @Field(() => GraphQLURL, { nullable: true, description: "The same by URL, which the gateway fetches." })
  readonly imageUrl?: URL | null;

  @Field(() => String, { nullable: true, description: "The picture's bytes in base64, with or without a data: prefix." })
  readonly imageBase64?: string | null;

  @Field(() => [GraphQLUpload], { nullable: true, description: "Further pictures; 16 in all." })
  readonly moreImages?: readonly Promise<UploadedFile>[] | null;

  @Field(() => [GraphQLURL], { nullable: true, description: "Further pictures by URL." })
  readonly moreImageUrls?: readonly URL[] | null;

  @Field(() => [Float], { nullable: true, description: "Stands for the picture's embedding." })
  readonly embedding?: readonly number[] | null;

  @Field(() => [AttributeInput], { nullable: true, description: "Up to 200." })
  readonly attributes?: readonly AttributeInput[] | null;

  @Field(() => ID, { nullable: true, description: "Shared by the variants of one product." })
  readonly groupId?: string | null;
}

@ObjectType("IngestError", { description: "Why a product, a row or an import failed." })
export class IngestErrorType implements Omit<IngestError, "id"> {
  @Field(() => Int, { description: "Position in the input, from 0; for an import that failed as a whole, the row it had come to." })
  readonly index!: number;

  @Field(() => ID, { nullable: true, description: "The product's id, where it is known." })
  readonly id!: string | null;

  @Field(() => [String], { nullable: true, description: "The path to what is wrong in the product or row, where it is one field." })
  readonly field!: readonly string[] | null;

  @Field(() => String, { description: "Stable; docs/errors.md has them all." })
  readonly code!: IngestError["code"];

  @Field(() => String, { description: "What was given, what is allowed and what to do; for people." })
  readonly message!: string;
}

@ObjectType("IngestResult", { description: "What became of one product." })
export class IngestResultType implements IngestResult {
  @Field(() => ID, { description: "As it was given." })
  readonly id!: string;

  @Field(() => IngestStatusEnum)
  readonly status!: IngestStatus;

  @Field(() => ProductType, { nullable: true, description: "As it is stored now; null when it failed." })
  readonly product!: IngestResult["product"];

  @Field(() => IngestErrorType, { nullable: true, description: "Null unless the status is FAILED." })
  readonly error!: IngestError | null;
}

@ObjectType()
export class IngestProductsPayload {
  @Field(() => [IngestResultType], { description: "In the order of the input." })
  readonly results!: readonly IngestResult[];

  @Field(() => Int, { description: "Products that were created or updated." })
  readonly ingestedCount!: number;

  @Field(() => Int, { description: "Products that are stored already, just as they were given." })
  readonly unchangedCount!: number;

  @Field(() => Int, { description: "Products that were not ingested." })
  readonly failedCount!: number;

  @Field(() => [IngestErrorType], { description: "The errors of results, in the same order." })
  readonly userErrors!: readonly IngestError[];
}

@ObjectType()
export class DeleteProductsPayload {
  @Field(() => [ID], { description: "Products that were there and are deleted, each id once, in the order of the input." })
  readonly deletedIds!: readonly string[];

  @Field(() => [ID], { description: "Ids of which there was no product; that is no error." })
  readonly notFoundIds!: readonly string[];
}

/** The draft of an input; its uploads are read when the draft is, so that a broken one fails its own product alone. */
export function toDraft(input: ProductInput): ProductDraft {
  const uploaded = (file: Promise<UploadedFile>, ...field: string[]) => ({ read: async () => await readUpload(await file), field });
  const { image, imageUrl, imageBase64, moreImages, moreImageUrls, url, ...rest } = input;
  const images: PictureSource[] = [
    ...(image ? [uploaded(image, "image")] : []),
    ...(imageUrl ? [{ url: imageUrl.href, field: ["imageUrl"] }] : []),
    ...(imageBase64 == null ? [] : [{ base64: imageBase64 }]),
    ...(moreImages ?? []).map((file, i) => uploaded(file, "moreImages", String(i))),
    ...(moreImageUrls ?? []).map(({ href }, i) => ({ url: href, field: ["moreImageUrls", String(i)] })),
  ];
  return { ...rest, url: url?.href ?? null, images };
}

export function toIngestPayload(results: readonly IngestResult[]): IngestProductsPayload {
  const count = (...statuses: IngestStatus[]) => results.filter((each) => statuses.includes(each.status)).length;
  return {
    results,
    ingestedCount: count("CREATED", "UPDATED"),
    unchangedCount: count("UNCHANGED"),
    failedCount: count("FAILED"),
    userErrors: results.flatMap((each) => (each.error ? [each.error] : [])),
  };
}
