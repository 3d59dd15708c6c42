import { GraphQLURL } from "graphql-scalars";
import { Field, Float, ID, InputType, registerEnumType } from "type-graphql";
import { atField } from "../../domain/errors.js";
import type { FusionWeights } from "../../domain/fusion.js";
import type { QueryPart } from "../../search/search-request.js";
import { GraphQLUpload, readUpload } from "../upload.js";
import type { UploadedFile } from "../uploaded-file.js";

export const SearchModeEnum = { AUTO: "AUTO", SEMANTIC: "SEMANTIC", LEXICAL: "LEXICAL", HYBRID: "HYBRID" } as const;
registerEnumType(SearchModeEnum, {
  name: "SearchMode",
  description: "How a query is matched with products.",
  valuesConfig: {
    AUTO: {
      description:
        "By the query's form. Words alone: HYBRID, but LEXICAL for an article number or a text in double quotes, unless minSimilarity " +
        "or minRelevance is given. Anything with a picture, product, embedding or negative weight: SEMANTIC.",
    },
    SEMANTIC: { description: "By embeddings: what looks like the query, or means the same." },
    LEXICAL: { description: "By words (BM25): stems, typos and phrases are taken into account." },
    HYBRID: { description: "Both, fused by reciprocal rank over the best 200 of each." },
  },
});

@InputType("HybridWeights", { description: "How much the two sides of HYBRID count: each 0 to 1,000,000, and one above 0." })
export class HybridWeightsInput implements FusionWeights {
  @Field(() => Float, { defaultValue: 1, description: "Of the embeddings." })
  readonly semantic!: number;

  @Field(() => Float, { defaultValue: 1, description: "Of the words (BM25)." })
  readonly lexical!: number;
}

@InputType("QueryPart", {
  description:
    "Exactly one of text, image, imageUrl, similarTo, embedding. A negative weight means: less like this; a weight is finite and not 0.",
})
export class QueryPartInput {
  @Field(() => String, { nullable: true, description: "Up to 2,000 characters." })
  readonly text?: string | null;

  @Field(() => GraphQLUpload, { nullable: true })
  readonly image?: Promise<UploadedFile> | null;

  @Field(() => GraphQLURL, { nullable: true, description: "Where the gateway fetches a picture." })
  readonly imageUrl?: URL | null;

  @Field(() => ID, { nullable: true, description: "A product of the catalogue; it is left out of the results." })
  readonly similarTo?: string | null;

  @Field(() => [Float], { nullable: true, description: "A ready embedding of the catalogue's model; compared with pictures." })
  readonly embedding?: readonly number[] | null;

  @Field(() => Float, { defaultValue: 1, nullable: true, description: "Its size counts beside those of the other parts." })
  readonly weight?: number | null;
}

/** A part as the use case takes it, with the bytes of its upload; `path` is where it was given. */
export async function toPart(
  { text, image, imageUrl, similarTo, embedding }: Omit<QueryPartInput, "weight">,
  path: readonly string[],
): Promise<Required<QueryPart>> {
  return {
    text: text ?? null,
    image: image ? await readImage(image, [...path, "image"]) : null,
    imageUrl: imageUrl?.href ?? null,
    similarTo: similarTo ?? null,
    embedding: embedding ?? null,
  };
}

async function readImage(upload: Promise<UploadedFile>, field: readonly string[]): Promise<Uint8Array> {
  try {
    return await readUpload(await upload);
  } catch (error) {
    throw atField(error, field);
  }
}
