import { GraphQLURL } from "graphql-scalars";
import { ArgsType, Field, Float, ID, Int } from "type-graphql";
import type { SearchMode } from "../../domain/search.js";
import { GraphQLUpload } from "../upload.js";
import type { UploadedFile } from "../uploaded-file.js";
import { FacetRequestInput } from "./facet-types.js";
import { ProductFilterInput } from "./filter-input.js";
import { BoostInput, DiversityInput, GroupByEnum, ProductSortInput } from "./ordering-inputs.js";
import { HybridWeightsInput, QueryPartInput, SearchModeEnum, toPart } from "./query-inputs.js";

@ArgsType()
export class SearchProductsArgs {
  @Field(() => String, { nullable: true, description: "Words to look for, up to 2,000 characters." })
  readonly text?: string | null;

  @Field(() => GraphQLUpload, { nullable: true, description: "A picture to look for: JPEG, PNG, WebP, AVIF or GIF." })
  readonly image?: Promise<UploadedFile> | null;

  @Field(() => GraphQLURL, { nullable: true, description: "The same, fetched by the gateway from a public address." })
  readonly imageUrl?: URL | null;

  @Field(() => ID, { nullable: true, description: "The id of a product to find others like." })
  readonly similarTo?: string | null;

  @Field(() => [Float], { nullable: true, description: "A ready query embedding of the catalogue's model; compared with pictures." })
  readonly embedding?: readonly number[] | null;

  @Field(() => [QueryPartInput], {
    nullable: true,
    description:
      "Up to 32 parts, each with a weight. Their embeddings eᵢ become one query embedding, Σ wᵢ·eᵢ scaled to length 1, so only the " +
      "proportions of the weights matter. Words of positive weight are what LEXICAL and HYBRID look for.",
  })
  readonly mix?: readonly QueryPartInput[] | null;

  @Field(() => SearchModeEnum, {
    defaultValue: "AUTO",
    nullable: true,
    description: "How the query is matched; modeUsed tells what AUTO came to.",
  })
  readonly mode?: SearchMode | null;

  @Field(() => HybridWeightsInput, { nullable: true, description: "For mode HYBRID; even unless given." })
  readonly weights?: HybridWeightsInput | null;

  @Field(() => ProductFilterInput, { nullable: true, description: "What every hit must pass." })
  readonly filter?: ProductFilterInput | null;

  @Field(() => ProductSortInput, {
    nullable: true,
    description:
      "What was matched is cut off by minSimilarity and minRelevance first, and then the best 1,000 (of several lists 200 each) are sorted.",
  })
  readonly sort?: ProductSortInput | null;

  @Field(() => [FacetRequestInput], { nullable: true, description: "Counted only where the facets are selected too. Up to 20." })
  readonly facets?: readonly FacetRequestInput[] | null;

  @Field(() => GroupByEnum, { nullable: true, description: "Gives one hit of each group." })
  readonly groupBy?: "PRODUCT_GROUP" | null;

  @Field(() => DiversityInput, { nullable: true, description: "Spreads what is much alike." })
  readonly diversity?: DiversityInput | null;

  @Field(() => [BoostInput], { nullable: true, description: "Up to 20; those that apply multiply." })
  readonly boosts?: readonly BoostInput[] | null;

  @Field(() => [ID], { nullable: true, description: "Products that come first, in this order, if they pass the filter. Up to 100." })
  readonly pins?: readonly string[] | null;

  @Field(() => Float, {
    nullable: true,
    description: "Leaves out hits whose best cosine is below it. An error in a listing and with LEXICAL.",
  })
  readonly minSimilarity?: number | null;

  @Field(() => Float, {
    nullable: true,
    description:
      "Leaves out hits whose relevance is below it, in [0, 1], or not known. An error in a listing, with LEXICAL, and where the model " +
      "has no calibration for such a query.",
  })
  readonly minRelevance?: number | null;

  @Field(() => Int, { defaultValue: 20, nullable: true, description: "1 to 100; an error together with last." })
  readonly first?: number | null;

  @Field(() => String, { nullable: true, description: "The cursor after which the page begins." })
  readonly after?: string | null;

  @Field(() => Int, {
    nullable: true,
    description: "The size of a page read backwards: the last ones, or the last before a cursor. 1 to 100.",
  })
  readonly last?: number | null;

  @Field(() => String, { nullable: true, description: "The cursor before which the page ends; with last." })
  readonly before?: string | null;
}

/** The query of the arguments as the use case takes it, with the bytes of its uploads. */
export async function toQuery({ mix, sort, ...args }: SearchProductsArgs) {
  const toWeighted = async ({ weight, ...part }: QueryPartInput, i: number) => {
    return { ...(await toPart(part, ["mix", String(i)])), weight: weight ?? null };
  };
  const parts = mix && (await Promise.all(mix.map(toWeighted)));
  const order = sort && { by: sort.by, reverse: sort.reverse ?? false };
  return { ...args, ...(await toPart(args, [])), mix: parts, sort: order };
}
