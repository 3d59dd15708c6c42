import { Field, Float, InputType, Int, ObjectType, registerEnumType } from "type-graphql";
import { DEFAULT_BUCKETS } from "../../domain/facets.js";
import type { FacetCount, FacetField, FacetRequest, FloatRange, TotalCountRelation } from "../../domain/search.js";
import type { Facet } from "../../search/facet-plan.js";
import { TotalCountRelationEnum } from "./total-count-relation.js";

const FacetFieldEnum = { CATEGORY: "CATEGORY", BRAND: "BRAND", PRICE: "PRICE", IN_STOCK: "IN_STOCK", ATTRIBUTE: "ATTRIBUTE" } as const;
registerEnumType(FacetFieldEnum, {
  name: "FacetField",
  description: "What products can be counted by.",
  valuesConfig: {
    CATEGORY: { description: "A product of A/B/C counts in A, A/B and A/B/C." },
    PRICE: { description: "Amounts, whatever the currency: filter by one where there are several." },
    IN_STOCK: { description: "The values true and false." },
    ATTRIBUTE: { description: "The values of one attribute, which the request names." },
  },
});

@InputType("FloatRange", { description: "Both ends belong to it; one that is left out is open." })
export class FloatRangeInput implements FloatRange {
  @Field(() => Float, { nullable: true })
  readonly min?: number | null;

  @Field(() => Float, { nullable: true })
  readonly max?: number | null;
}

@InputType("FacetRequest", { description: "Asks how many products have each value of a field." })
export class FacetRequestInput implements FacetRequest {
  @Field(() => FacetFieldEnum, { description: "What is counted." })
  readonly field!: FacetField;

  @Field(() => String, { nullable: true, description: "The attribute's name, for the field ATTRIBUTE." })
  readonly attribute?: string | null;

  @Field(() => Int, {
    defaultValue: DEFAULT_BUCKETS,
    nullable: true,
    description: "Most buckets, 1 to 1000; given ranges are all counted.",
  })
  readonly first?: number | null;

  @Field(() => [FloatRangeInput], { nullable: true, description: "For the field PRICE; computed from the prices unless given." })
  readonly ranges?: readonly FloatRangeInput[] | null;
}

@ObjectType("FacetBucket", { description: "A value, or a range of prices, and how many products have it." })
export class FacetBucketType implements FacetCount {
  @Field(() => String, { description: "A value to filter by, or a range as min-max with * for an open end." })
  readonly value!: string;

  @Field(() => Int, { description: "Products with this value." })
  readonly count!: number;

  @Field(() => Float, { nullable: true, description: "Of a price range. A filter by min and max finds what the bucket counts." })
  readonly min!: number | null;

  @Field(() => Float, { nullable: true, description: "See min." })
  readonly max!: number | null;
}

@ObjectType("Facet", { description: "How many products each value would leave; what is already filtered by this very field is left out." })
export class FacetType implements Omit<Facet, "countedOver"> {
  @Field(() => FacetFieldEnum, { description: "As it was asked for." })
  readonly field!: FacetField;

  @Field(() => String, { nullable: true, description: "The attribute's name, for the field ATTRIBUTE." })
  readonly attribute!: string | null;

  @Field(() => [FacetBucketType], { description: "The most frequent first; price ranges by price." })
  readonly buckets!: readonly FacetCount[];

  @Field(() => Int, {
    description:
      "How many products were counted. In a listing and for words alone (LEXICAL) all that match, of words in the embedded index the best " +
      "10,000; where embeddings are compared every product matches more or less, so it is the best 1,000, or the best 200 of each list " +
      "where lists are fused.",
  })
  readonly countedOver!: number;

  @Field(() => TotalCountRelationEnum, { description: "Whether countedOver is all that match." })
  readonly countedOverRelation!: TotalCountRelation;
}

export function toFacet({ countedOver, ...facet }: Facet): FacetType {
  return { ...facet, countedOver: countedOver.count, countedOverRelation: countedOver.relation };
}
