import { GraphQLDateTime } from "graphql-scalars";
import { Field, Float, ID, InputType } from "type-graphql";
import type { AttributeFilter, PriceRange, ProductFilter } from "../../domain/search.js";

@InputType("PriceRange", { description: "Both ends belong to it; one that is left out is open." })
export class PriceRangeInput implements PriceRange {
  @Field(() => Float, { nullable: true })
  readonly min?: number | null;

  @Field(() => Float, { nullable: true })
  readonly max?: number | null;

  @Field(() => String, {
    nullable: true,
    description: "ISO 4217 code, in capitals or not; without it amounts of all currencies are compared.",
  })
  readonly currency?: string | null;
}

@InputType("AttributeFilter", { description: "Holds when the product has the attribute of this name with any of these values." })
export class AttributeFilterInput implements AttributeFilter {
  @Field(() => String)
  readonly name!: string;

  @Field(() => [String], { description: "Any of these values." })
  readonly in!: readonly string[];
}

@InputType("ProductFilter", {
  description:
    "All given members must hold. `ids`, `categories`, `brands`, `or` and an attribute's `in` hold when any of their entries does, " +
    "`and` and `attributes` when every entry does. Values are compared exactly, capitals included, but for `price.currency`.",
})
export class ProductFilterInput implements ProductFilter {
  @Field(() => [ProductFilterInput], { nullable: true, description: "Every one of these filters holds." })
  readonly and?: readonly ProductFilterInput[] | null;

  @Field(() => [ProductFilterInput], { nullable: true, description: "Any of these filters holds." })
  readonly or?: readonly ProductFilterInput[] | null;

  @Field(() => ProductFilterInput, {
    nullable: true,
    description: "This filter does not hold; a product without the value in question passes.",
  })
  readonly not?: ProductFilterInput | null;

  @Field(() => [ID], { nullable: true })
  readonly ids?: readonly string[] | null;

  @Field(() => [String], { nullable: true, description: "A category stands for those in it too: A finds a product of A/B." })
  readonly categories?: readonly string[] | null;

  @Field(() => [String], { nullable: true })
  readonly brands?: readonly string[] | null;

  @Field(() => Boolean, { nullable: true, description: "What the product says; one that does not say passes neither true nor false." })
  readonly inStock?: boolean | null;

  @Field(() => PriceRangeInput, { nullable: true })
  readonly price?: PriceRangeInput | null;

  @Field(() => [AttributeFilterInput], { nullable: true, description: "Every one of these holds." })
  readonly attributes?: readonly AttributeFilterInput[] | null;

  @Field(() => GraphQLDateTime, { nullable: true, description: "Added or changed after this moment." })
  readonly updatedAfter?: Date | null;
}
