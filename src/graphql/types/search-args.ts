import { GraphQLURL } from "graphql-scalars";
import { ArgsType, Field, Float, ID, Int } from "type-graphql";
import { GraphQLUpload, type UploadedFile } from "../upload.js";
import { ProductFilterInput } from "./filter-input.js";

@ArgsType()
export class SearchProductsArgs {
  @Field(() => String, { nullable: true })
  readonly text?: string | null;

  @Field(() => GraphQLUpload, { nullable: true })
  readonly image?: Promise<UploadedFile> | null;

  @Field(() => GraphQLURL, { nullable: true })
  readonly imageUrl?: URL | null;

  @Field(() => ID, { nullable: true })
  readonly similarTo?: string | null;

  @Field(() => [Float], { nullable: true, description: "A ready query embedding of the catalogue's model; compared with pictures." })
  readonly embedding?: readonly number[] | null;

  @Field(() => ProductFilterInput, { nullable: true })
  readonly filter?: ProductFilterInput | null;

  @Field(() => Float, { nullable: true, description: "Leaves out hits whose best cosine is below it." })
  readonly minSimilarity?: number | null;

  @Field(() => Int, { defaultValue: 20, description: "1 to 100." })
  readonly first!: number;

  @Field(() => String, { nullable: true, description: "The cursor after which the page begins." })
  readonly after?: string | null;
}
