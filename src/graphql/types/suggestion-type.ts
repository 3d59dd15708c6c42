import { Field, ObjectType, registerEnumType } from "type-graphql";
import type { Suggestion } from "../../search/suggest/suggestions.js";
import { ProductType } from "./product-type.js";

const SuggestionKindEnum = { QUERY: "QUERY", PRODUCT: "PRODUCT", CATEGORY: "CATEGORY", BRAND: "BRAND" } as const;
registerEnumType(SuggestionKindEnum, {
  name: "SuggestionKind",
  valuesConfig: {
    QUERY: { description: "What others searched for and found." },
    PRODUCT: { description: "The title of a product." },
    CATEGORY: { description: "A category, to filter by." },
    BRAND: { description: "A brand, to filter by." },
  },
});

@ObjectType("Suggestion", { description: "Something that a shopper may be typing." })
export class SuggestionType implements Suggestion {
  @Field(() => String, { description: "To put into the search box." })
  readonly text!: string;

  @Field(() => SuggestionKindEnum)
  readonly kind!: Suggestion["kind"];

  @Field(() => ProductType, { nullable: true, description: "A product of this title, for the kind PRODUCT." })
  readonly product?: ProductType | null;

  /** Not in the schema: read only when the product is selected. */
  readonly productId!: string | null;
}
